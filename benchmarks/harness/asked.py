"""What a program asks the kernel and the network: another answer in each run, perhaps.

Files that the kernel makes up as they are read (`/proc`, `/sys`), its devices of random numbers,
hosts that are called, and names that nobody else has (`tempfile`). Heard by Python's audit events,
which change nothing; what native code asks by itself is not heard.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.frames import call_text, nearest, place

MADE = ("/proc/", "/sys/")
"""Where files lie that hold what is so at the moment: memory, load, processes."""
RANDOM = ("/dev/random", "/dev/urandom", "/dev/hwrng")
NAMES = ("tempfile.mkdtemp", "tempfile.mkstemp")
IMPORTS = "<frozen importlib"


class Asked:
    """Reports to `note`, as ("read", call, place), what lines of the program ask, from `listen`."""

    def __init__(self, note: Callable[[str, str, str], None]) -> None:
        """Hear nothing yet."""
        self._note = note
        self._listens = False

    def listen(self) -> None:
        """Begin; an audit hook stays as long as its process."""
        self._listens = True
        sys.addaudithook(self._hear)

    def end(self) -> None:
        """Hear nothing any more."""
        self._listens = False

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if not self._listens or not (
            event in NAMES or _is_called(event, args) or _is_made(event, args)
        ):
            return
        frame = sys._getframe(1)
        # What a library does with a name of its own, such as a loader's socket, is not known here.
        own = nearest(frame, ("tempfile.py",) if event in NAMES else None)
        while own and frame is not own:  # what an import reads is the library's, not the program's
            if frame.f_code.co_filename.startswith(IMPORTS) or frame.f_back is None:
                return
            frame = frame.f_back
        if own:
            self._note("read", call_text(own), place(own.f_code, own.f_lineno))


def _is_called(event: str, args: tuple[Any, ...]) -> bool:
    """Say whether an event calls a host; a name of a file is the socket of a loader's worker."""
    return event == "socket.connect" and isinstance(args[1], tuple)


def _is_made(event: str, args: tuple[Any, ...]) -> bool:
    """Say whether an event opens a file that the kernel makes up."""
    if event != "open" or isinstance(args[0], int):
        return False
    path = os.fsdecode(args[0])
    return path.startswith(MADE) or path in RANDOM
