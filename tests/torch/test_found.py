"""What stood still for some steps, and was not read one by one, is seen to be replaced."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchmarks.contract import Start, Step
from tests.torch.watching import apart, traced

STEPS, AT = 6, 4


def zeros() -> Tensor:
    return torch.zeros(3)


def buffered() -> nn.Module:
    module = nn.Module()
    module.register_buffer("held", zeros())
    return module


def enclosed() -> SimpleNamespace:
    held = zeros()

    def give(new: Tensor | None = None) -> Tensor:
        nonlocal held
        held = held if new is None else new
        return held

    return SimpleNamespace(give=give)


def swap_all(module: Any, new: Tensor) -> None:
    module._buffers = {"held": new}


def into(key: Any) -> Callable[[Any, Tensor], None]:
    return lambda held, new: held.__setitem__(key, new)


KINDS: dict[str, tuple[Callable[[], Any], Callable[[Any, Tensor], None]]] = {
    "a list": (lambda: [None, zeros()], into(1)),
    "a dict": (lambda: {"a": zeros()}, into("a")),
    "a deque": (lambda: deque([zeros()]), into(0)),
    "a tuple in a list": (lambda: [(1.0, zeros())], lambda held, new: into(0)(held, (1.0, new))),
    "a list in a tuple": (lambda: ("a", [zeros()]), lambda held, new: into(0)(held[1], new)),
    "an attribute": (
        lambda: SimpleNamespace(a=zeros()), lambda held, new: setattr(held, "a", new),
    ),
    "a buffer": (buffered, lambda held, new: setattr(held, "held", new)),
    "all buffers": (buffered, swap_all),
    "a closure": (enclosed, lambda held, new: held.give(new)),
    "one more": (lambda: {"a": zeros()}, into("b")),
    "one that moved": (
        lambda: [{"a": zeros()}, {}], lambda held, new: into("b")(held[1], new + held[0].pop("a")),
    ),
}  # fmt: skip
"""How each is made, and how something of it is replaced."""


def train(kind: str, by: float | None) -> Iterator[Any]:
    """Replace, before the last steps, what the program holds; `by`: a number, None for nothing."""
    make, replace = KINDS[kind]
    model, held = nn.Linear(4, 3), make()
    yield Start(model)
    for step in range(STEPS):
        loss = model(torch.ones(2, 4)).sum()
        if step == AT and by is not None:
            replace(held, torch.full((3,), by))
        yield Step((), loss)
    assert held is not None


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_replaced_after_it_stood_still_is_seen(kind: str) -> None:
    clean, again, other = (traced(train, kind, by) for by in (None, None, 1.0))
    assert apart(clean, again) == [] and clean.final_state == again.final_state, "control"
    assert apart(clean, other)[0] == (AT, "state") and clean.final_state != other.final_state


def test_control_the_same_bits_in_the_place_of_others_are_no_change() -> None:
    clean, other = (traced(train, "a list", by) for by in (None, 0.0))
    assert apart(clean, other) == [] and clean.final_state == other.final_state


def gradients(by: float, mark: bool) -> Iterator[Any]:
    """Add to one gradient after its arrival; through `.data`, which leaves no mark."""
    model = nn.Linear(4, 3)
    yield Start(model)
    for step in range(STEPS):
        model.zero_grad()
        loss = model(torch.ones(2, 4)).sum()
        loss.backward()
        grad = model.weight.grad
        assert grad is not None
        if step == AT:
            (grad if mark else grad.data)[-1, -1:] += by
        yield Step((), loss)


@pytest.mark.parametrize("mark", [True, False])
def test_a_gradient_is_compared_bit_by_bit_with_the_one_that_arrived(mark: bool) -> None:
    clean, control, other = (traced(gradients, by, mark) for by in (0.0, 0.0, 2.0**-20))
    assert apart(clean, control) == [], "control"
    assert apart(clean, other) == [(AT, "gradients")]
