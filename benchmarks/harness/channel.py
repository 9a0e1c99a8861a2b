"""What a run's process tells its parent, one line of JSON each."""

from __future__ import annotations

import json
import os
import signal
import socket
from contextlib import suppress
from ctypes import CDLL
from typing import Any, NoReturn

from benchmarks.harness.output import flush

PR_SET_PDEATHSIG = 1


class Channel:
    """The side of the run's own process: a copy of it (`os.fork`) ends where it would speak."""

    def __init__(self, descriptor: int) -> None:
        """Take the socket that the parent gave, and end with the parent."""
        with suppress(AttributeError):  # Linux alone has it
            CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        self._socket = socket.socket(fileno=descriptor)
        self._socket.set_inheritable(False)
        self._process = os.getpid()

    @property
    def copied(self) -> bool:
        """Whether this is a copy that the program made of its process."""
        return os.getpid() != self._process

    def end_copy(self) -> NoReturn:
        """End a copy of the process without a word."""
        flush()
        os._exit(0)

    def mark(self) -> None:
        """Have the parent mark where the printed text stands now."""
        flush()
        self.send({"mark": True})
        self._socket.recv(1)

    def send(self, message: dict[str, Any]) -> None:
        """Tell the parent; only the process that began does."""
        if self.copied:
            self.end_copy()
        self._socket.sendall(json.dumps(message).encode() + b"\n")
