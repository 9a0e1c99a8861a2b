"""Which locals a suspended generator will read again, by its byte code."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchmarks.harness.liveness import live


def loop(steps: int, model: Any) -> Iterator[Any]:
    kept = 0
    for step in range(steps):
        scratch = step
        loss = model(kept)
        kept = loss + scratch
        yield loss


def handled(model: Any, spare: Any) -> Iterator[Any]:
    while True:
        with contextlib.suppress(ValueError):
            old = model()
        try:
            new = model(old)
        except TypeError:
            new = spare
        yield new


def cleaned(model: Any, late: Any) -> Iterator[Any]:
    try:
        while True:
            value = model()
            yield value
    finally:
        print(late)


def shared(model: Any) -> Iterator[Any]:
    seen: list[Any] = []

    def add() -> None:
        seen.append(model)

    yield add
    del add


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (loop, {"model", "kept"}),
        (handled, {"model", "spare", "old"}),  # an exception may leave `old` as it was
        (cleaned, {"model", "late"}),
        (shared, {"model", "seen"}),  # cells
    ],
)
def test_what_is_read_again_is_live(function: Callable[..., Any], expected: set[str]) -> None:
    generator = function(*range(function.__code__.co_argcount))
    code = function.__code__
    offsets = yields(code)
    found = live(code, offsets[-1])
    assert found == expected
    generator.close()


def yields(code: Any) -> list[int]:
    import dis

    return [one.offset for one in dis.get_instructions(code) if one.opname == "YIELD_VALUE"]


def test_each_yield_has_its_own() -> None:
    def two() -> Iterator[int]:
        first, second = 1, 2
        yield first
        yield second

    code = two.__code__
    assert [live(code, offset) for offset in yields(code)] == [{"second"}, set()]
