"""How far the jobs are, and how long the rest takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SOON = 2.0
"""Seconds that a job takes of which nothing else is known."""


@dataclass
class Job:
    """A job at work: what it is called, when it began, how long it was expected to take."""

    rule: str
    name: str
    began: float
    expected: float = SOON
    outputs: tuple[str, ...] = ()


@dataclass
class Progress:
    """Counts jobs and weighs them by the seconds that they were expected to take.

    `expected`: by the file that a job makes, for all that the experiment plans; `waiting`: of
    these, what is not there yet; `asked`: how many of these are to be made now.
    """

    expected: Mapping[str, float] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    running: dict[int, Job] = field(default_factory=dict)
    cores: int = 1
    done: int = 0
    total: int = 0
    began: float | None = None
    weight: float = 0.0
    asked: int = 0

    def plan(self, expected: Mapping[str, float], there: set[str], asked: int) -> None:
        """Take what the experiment plans, which of its files are there, and how many are asked for.

        Where more are asked for than are missing, some are made again; which ones nobody says.
        """
        missing = set(expected) - there
        self.expected, self.asked = expected, asked
        self.waiting = missing if asked <= len(missing) else set(expected)

    def start(self, number: int, job: Job) -> None:
        """Take note of a job that begins."""
        self.running[number] = job
        known = [self.expected[each] for each in job.outputs if each in self.expected]
        job.expected = sum(known) if known else SOON
        if known and self.began is None:
            self.began = job.began

    def finish(self, number: int) -> Job | None:
        """Take note of a job that ended, and return it."""
        job = self.running.pop(number, None)
        known = self.expected.keys() & (job.outputs if job else ())
        if job and known:
            self.weight += job.expected
            self.waiting -= known
            self.asked -= len(known)
        return job

    def left(self, now: float) -> float | None:
        """Return about how many seconds the rest takes; None where too little is known.

        What was expected of the finished jobs, and of those at work as far as they are, is held
        against the time that passed: so the machine's speed and the jobs side by side count.
        """
        at_work = [job for job in self.running.values() if self.expected.keys() & job.outputs]
        part = sum(min(now - job.began, 0.9 * job.expected) for job in at_work)
        if self.asked <= 0 or not self.waiting:
            return None
        share = min(1.0, self.asked / len(self.waiting))
        rest = share * sum(self.expected[output] for output in self.waiting) - part
        if rest <= 0:
            return None
        measured = self.weight + part
        if self.began is None or measured < 0.03 * (measured + rest):
            return rest / max(1, self.cores)
        return rest * (now - self.began) / measured
