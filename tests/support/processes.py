"""Processes that tests plant, and find again wherever they went."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workflows.common import guard


def alive(number: int) -> bool:
    """Whether a process is there and no zombie."""
    found = guard.processes().get(number)
    return found is not None and found.state != "Z"


def called(name: str) -> set[int]:
    """Return the processes that have a word in their command line, in any container."""
    found = set()
    for number in guard.processes():
        try:
            line = Path(f"/proc/{number}/cmdline").read_bytes()
        except OSError:
            continue
        found |= {number} if name.encode() in line else set()
    return found


@contextmanager
def planted() -> Iterator[str]:
    """Give a word to put into the command line of what is planted; nothing of it is left after."""
    name = f"planted-{os.getpid()}-{time.monotonic_ns()}"
    try:
        yield name
    finally:
        guard.kill(called(name))
