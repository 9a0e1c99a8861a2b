"""Tells a waiting person how far a verification is, and about how long it will take yet."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable

from workflows.publication.check.limits import printable
from workflows.runs.record import RunRecord

START = 5.0
"""Seconds until a run's first step, about."""


def say(text: str) -> None:
    """Tell a waiting person what is done."""
    print(printable(text), file=sys.stderr, flush=True)


def expected(record: RunRecord, steps: int, repeats: int) -> float:
    """Return about how many seconds runs of a cell took where it was published, so many steps."""
    timing = record.timing
    taken = (timing and timing.seconds) or START
    step = (timing and timing.step_seconds) or 0.0
    return float(repeats * min(taken, START + step * steps))


def in_words(seconds: float) -> str:
    """Return a time that is left, as people say it."""
    if seconds < 60:
        return "less than a minute"
    minutes = math.ceil(seconds / 60)
    if minutes < 90:
        return f"about {minutes} min"
    return f"about {minutes / 60:.1f} h"


class Progress:
    """Counts what is done of work whose parts are known beforehand.

    `work`: what each part takes, in seconds of another machine; how much faster or slower this one
    is, the finished parts say. `clock` returns seconds.
    """

    def __init__(self, work: list[float], clock: Callable[[], float] = time.monotonic) -> None:
        """Begin."""
        self.work, self.clock = work, clock
        self.started, self.done, self.count = clock(), 0.0, 0

    def finished(self, part: float) -> str:
        """Count a part; return how far the whole is."""
        self.done += part
        self.count += 1
        head = f"{self.count} of {len(self.work)}"
        left = sum(self.work) - self.done
        if self.count == len(self.work) or left <= 0 or self.done <= 0:
            return head
        seconds = (self.clock() - self.started) * left / self.done
        return f"{head}, {in_words(seconds)} left"
