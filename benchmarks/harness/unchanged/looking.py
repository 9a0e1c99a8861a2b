"""The observer of `benchmarks/harness/observe.py` in a program that is already under way."""

from __future__ import annotations

import sys
from time import monotonic  # as it is before a program takes its place
from typing import Any, Protocol

from benchmarks.frames import is_own
from benchmarks.harness.observe import Observer

LINGER = 60.0
"""Seconds for which orders are listened to after the last step."""


class Listener(Protocol):
    """What a watcher tells of the steps of a program."""

    def begin(self) -> None:
        """Begin, right after torch was imported."""

    def start(self, weights: dict[str, Any]) -> None:
        """Be told of the weights before the first step."""

    def ended(self, step: int) -> None:
        """Be told that an optimizer has taken a step; the one under way is `step`."""

    def at(self, step: int, *, counted: bool) -> None:
        """Be told which step is under way: an earlier one, where backward passes were no steps.

        `counted`: False, as long as that may yet be.
        """

    def end(self) -> list[dict[str, Any]] | None:
        """Listen no more, and return the sources that were observed; None: none was asked for."""


class Together:
    """Two listeners: each is told what a watcher tells; see `Listener`."""

    def __init__(self, first: Listener, second: Listener) -> None:
        """Tell `first` before `second`."""
        self._both = first, second

    def begin(self) -> None:
        """Begin."""
        for one in self._both:
            one.begin()

    def start(self, weights: dict[str, Any]) -> None:
        """Be told of the weights before the first step."""
        for one in self._both:
            one.start(weights)

    def ended(self, step: int) -> None:
        """Be told that an optimizer has taken a step."""
        for one in self._both:
            one.ended(step)

    def at(self, step: int, *, counted: bool) -> None:
        """Be told which step is under way."""
        for one in self._both:
            one.at(step, counted=counted)

    def end(self) -> list[dict[str, Any]] | None:
        """Listen no more; return the sources that either observed."""
        found = [one.end() for one in self._both]
        return next((each for each in found if each is not None), None)


class Looking:
    """Observes a program from its first import of torch on to a step, or to its end.

    For what may yet tell an order of values it listens on, for `LINGER` seconds at most.
    """

    def __init__(self, last: int) -> None:
        """End after the step `last`; -1: with the program."""
        self._last = last
        self._observer = Observer()
        self._found: list[dict[str, Any]] | None = None
        self._until: float | None = None

    def begin(self) -> None:
        """Listen, in the functions too that are under way: a script's own lines are of one."""
        self._observer.begin()
        frame = sys._getframe()
        while frame.f_back is not None:
            frame = frame.f_back
            if is_own(frame.f_code.co_filename):
                frame.f_trace = self._observer._local
                self._observer._draws.enter(frame)

    def start(self, weights: dict[str, Any]) -> None:
        """Be told of the weights before the first step."""
        if self._found is None:
            self._observer.start(weights)

    def ended(self, step: int) -> None:
        """Wait for the step's own end, which comes with the next one."""

    def at(self, step: int, *, counted: bool) -> None:
        """Be told which step is under way: see `Listener`."""
        if self._found is None:
            self._observer.at(step)
        if counted and step > self._last >= 0 and self._found is None:
            if self._until is None and self._observer.linger():
                self._until = monotonic() + LINGER
            elif self._until is None or monotonic() > self._until:
                self.end()

    def end(self) -> list[dict[str, Any]]:
        """Listen no more, and return what was found."""
        if self._found is None:
            self._found = self._observer.end()
        return self._found
