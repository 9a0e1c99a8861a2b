"""A look that ends with a step, and what it listens to beyond it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.harness.unchanged import looking
from benchmarks.harness.unchanged.looking import Looking, Together


@pytest.fixture
def look() -> Iterator[Looking]:
    """A look at the step 0 alone."""
    look = Looking(0)
    look.begin()
    yield look
    look.end()


def bring(came: list[int], *values: int) -> None:
    """Let a thread for each value append it, one after the other."""
    for value in values:
        thread = threading.Thread(target=lambda value=value: came.append(value))
        thread.start()
        thread.join()


def kinds(look: Looking) -> list[tuple[str, int]]:
    return [(one["kind"], one["step"]) for one in look.end() if one["kind"] in ("order", "read")]


def test_values_that_still_come_are_listened_to_and_nothing_else(look: Looking) -> None:
    came: list[int] = []
    look.at(0, counted=True)
    bring(came, 0, 1)
    look.at(1, counted=True)
    time.time()
    bring(came, 3, 2, 4)
    assert kinds(look) == [("order", 1)] * 3, "so far, of four, and of all; and no clock"


def test_control_where_none_came_a_look_ends_with_its_step(look: Looking) -> None:
    look.at(0, counted=True)
    time.time()
    look.at(1, counted=True)
    bring([], 0, 1, 2, 3)
    assert kinds(look) == [("read", 0)]


def test_a_program_is_not_listened_to_for_long(
    look: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "LINGER", -1.0)
    came: list[int] = []
    bring(came, 0, 1)
    for step in (1, 2):
        look.at(step, counted=True)
    bring(came, 2, 3, 4)
    assert kinds(look) == [("order", 1), ("order", 2)], "so far, and of those"


class Told:
    """A listener that remembers what it was told."""

    def __init__(self, *found: dict[str, Any]) -> None:
        self.found = [*found] or None
        self.heard: list[object] = []

    def begin(self) -> None:
        self.heard.append("begin")

    def start(self, weights: dict[str, Any]) -> None:
        self.heard.append(weights)

    def ended(self, step: int) -> None:
        self.heard.append(step)

    def at(self, step: int, *, counted: bool) -> None:
        self.heard.append((step, counted))

    def end(self) -> list[dict[str, Any]] | None:
        self.heard.append("end")
        return self.found


def test_two_listeners_are_told_the_same() -> None:
    silent, source = Told(), {"kind": "read"}
    for both in ((silent, Told(source)), (Told(source), silent)):
        listeners = Together(*both)
        listeners.begin()
        listeners.start({"w": 1})
        listeners.ended(1)
        listeners.at(2, counted=True)
        assert listeners.end() == [source]
        assert both[0].heard == both[1].heard == ["begin", {"w": 1}, 1, (2, True), "end"]
        silent.heard.clear()
