"""Busy neighbours: processes that compete with a run for the processor, and end with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from workflows.common.guarded import Process, guarded


@dataclass
class Neighbours:
    """The neighbours of one run."""

    processes: list[subprocess.Popen[bytes]]

    def ended(self) -> int:
        """Return how many of them no longer keep the processor busy."""
        return sum(process.poll() is not None for process in self.processes)


@contextmanager
def busy(count: int) -> Iterator[Neighbours]:
    """Keep `count` processes busy on the CPUs that this process may use; end them on leaving."""
    start = Process([sys.executable, "-IS", "-c", "while True: pass"], dict(os.environ), Path("/"))
    with Path(os.devnull).open("wb") as null, ExitStack() as stack:
        yield Neighbours([stack.enter_context(guarded(start, null)) for _ in range(count)])
