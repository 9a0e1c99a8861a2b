"""Busy neighbours: processes that compete with a run for the processor, and end with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

# Ends by itself once its parent is gone, however that ended: nothing else outlives a SIGKILL.
_BUSY = """
import os, sys
while os.getppid() == int(sys.argv[1]):
    for _ in range(100_000):
        pass
"""


@dataclass
class Neighbours:
    """The neighbours of one run."""

    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def ended(self) -> int:
        """Return how many of them no longer keep the processor busy."""
        return sum(process.poll() is not None for process in self.processes)


@contextmanager
def busy(count: int) -> Iterator[Neighbours]:
    """Keep `count` processes busy on the CPUs that this process may use; end them on leaving."""
    command = [sys.executable, "-IS", "-c", _BUSY, str(os.getpid())]
    null = subprocess.DEVNULL
    neighbours = Neighbours()
    try:
        for _ in range(count):
            process = subprocess.Popen(
                command, stdin=null, stdout=null, stderr=null, start_new_session=True
            )
            neighbours.processes.append(process)
        yield neighbours
    finally:
        for process in neighbours.processes:
            process.kill()
            process.wait()
