"""Whole processes, measured by what the system says of them, two in turn."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class SkippedError(Exception):
    """A line cannot be measured here, for want of something; the text says of what."""


class FailedError(Exception):
    """What was to be measured did not work; the text is what it said last."""


class Spent(NamedTuple):
    """What a process and its children took: seconds on the clock and of processors, megabytes.

    `memory`: of the largest single process.
    """

    wall: float
    cpu: float
    memory: float


class Figures(NamedTuple):
    """Minimum, median and maximum."""

    least: float
    median: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Figures:
        """Return those of at least one value."""
        return cls(min(values), statistics.median(values), max(values))


def spent(
    command: Sequence[str], folder: Path, variables: Mapping[str, str] | None = None
) -> Spent:
    """Run a command to its end in `folder`, and return what it took.

    Raises `FailedError`, with its last line, where it fails.
    """
    log = folder / "last.log"
    with log.open("wb") as file:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **(variables or {})}, stdout=file, stderr=file
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.terminate()
            raise
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        said = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
        raise FailedError(f"{' '.join(command[:4])} … ended with {process.returncode}: {said[-1]}")
    found = Spent(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
    took = f"{found.wall:.2f} s, of processors {found.cpu:.2f} s, {found.memory:.0f} MB"
    print(f"  {took}: {' '.join(command[1:4])[:60]} …", file=sys.stderr, flush=True)
    return found


def paired(
    one: Callable[[], float], other: Callable[[], float], pairs: int
) -> tuple[list[float], list[float]]:
    """Measure two things in turn, in each pair the other one first; return both lists."""
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(pairs):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            found[which].append((one, other)[which]())
    return found


def ratios(values: tuple[list[float], list[float]]) -> list[float]:
    """Return first by second, pair by pair."""
    return [one / other for one, other in zip(*values, strict=True)]


def differences(values: tuple[list[float], list[float]]) -> list[float]:
    """Return first less second, pair by pair."""
    return [one - other for one, other in zip(*values, strict=True)]
