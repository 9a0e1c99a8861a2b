"""Constructors without a seed get one that follows from the run's; Python's own do not."""

from __future__ import annotations

import random
import tempfile

import pytest

from benchmarks import entropy


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random.Random, "seed", random.Random.seed)
    monkeypatch.setattr(random, "seed", random.seed)


def drawn(monkeypatch: pytest.MonkeyPatch, seed: int, *, names: bool = False) -> list[float]:
    """Return what two generators without a seed give; `names`: with a temporary file in between."""
    with monkeypatch.context() as patched:
        patched.setattr(random.Random, "seed", random.Random.seed)
        entropy._python(random.Random(seed))
        first = random.Random().random()
        if names:
            next(tempfile._RandomNameSequence())  # type: ignore[attr-defined]
        return [first, random.Random().random()]


def test_the_same_seed_gives_the_same_generators(monkeypatch: pytest.MonkeyPatch) -> None:
    first = drawn(monkeypatch, 3)
    assert drawn(monkeypatch, 3) == first and first[0] != first[1]
    assert drawn(monkeypatch, 4) != first, "control"


def test_what_pythons_library_asks_for_itself_takes_none_of_the_programs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert drawn(monkeypatch, 3, names=True) == drawn(monkeypatch, 3)
