"""Where the generators stand: seen to move when they are drawn from, and never moved."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.contract import Start, Step
from benchmarks.harness.random_state import KINDS, RandomState
from tests.torch.watching import apart, traced

OWN = {
    "torch": (torch.Generator, lambda g: torch.rand(1, generator=g)),
    "python": (lambda: random.Random(1), lambda g: g.random()),
    "numpy": (lambda: np.random.default_rng(1), lambda g: g.random()),
    "numpy's old": (lambda: np.random.RandomState(1), lambda g: g.rand()),
    "in a cycle": (lambda: random.Random(1), lambda g: g.gauss(0, 1)),
}
SHARED: dict[str, Callable[[], Any]] = {
    "torch": lambda: torch.rand(1),
    "numpy": np.random.rand,
    "python": random.random,
}


@pytest.mark.parametrize("kind", SHARED)
def test_a_draw_moves_its_own_number_alone(kind: str) -> None:
    look = RandomState()
    before = look()
    assert look() == before, "control: to look moves nothing"
    SHARED[kind]()
    after = look()
    changed = [name for name, a, b in zip(KINDS, before, after, strict=True) if a != b]
    assert changed == [kind]
    assert RandomState()() == after, "and what it says does not depend on what it saw"


def test_python_turns_its_block_over() -> None:
    """Every 624 words the generator stands at the same place again, of other words."""
    look, before, seen = RandomState(), random.getstate(), set()
    random.seed(3)
    for _ in range(1500):
        seen.add(look()[KINDS.index("python")])
        random.random()
    random.setstate(before)
    assert len(seen) == 1500


def train(make: Callable[[], Any], draw: Callable[[Any], Any], extra: int) -> Iterator[Any]:
    generator = make()
    yield Start({"w": torch.ones(1)})
    for step in range(4):
        draw(generator)
        if step == extra:
            draw(generator)
        yield Step((), torch.tensor(1.0))


@pytest.mark.parametrize("kind", OWN)
def test_a_programs_own_generator_is_watched(kind: str) -> None:
    clean, again = (traced(train, *OWN[kind], 9) for _ in range(2))
    other = traced(train, *OWN[kind], 2)
    assert apart(clean, again) == [], "control"
    assert apart(clean, other) == [(3, "random own")], "right before the step after it"
    assert clean.ends[4] != other.ends[4]
