"""Gradients as they arrive, told apart from what is done to them before the step ends."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from benchmarks.contract import Start, Step
from tests.torch.watching import apart, column, traced


def train(passes: int = 1, noise: float = 0.0, zeroed: bool = False, scale: float = 1) -> Any:
    def run() -> Iterator[Any]:
        model = nn.Linear(4, 3)
        yield Start(model)
        for step in range(4):
            model.zero_grad()
            for _ in range(passes):
                loss = model(torch.randn(2, 4)).sum() * (scale if step == 2 else 1)
                loss.backward()
            if step == 2 and passes:
                model.weight.grad.data[0, 0] += noise
            if zeroed:
                model.zero_grad()
            yield Step((), torch.tensor(1.0))

    run.__module__ = __name__
    return traced(run)


def test_they_arrive_as_they_stand_where_nobody_touches_them() -> None:
    found = train()
    assert (column(found, "backward") == column(found, "gradients")).all()
    assert column(found, "backward").all()


def test_noise_after_backward_is_told_apart() -> None:
    assert apart(train(), train(noise=0.5)) == [(2, "gradients")]
    assert apart(train(), train()) == [], "control"


def test_gradients_that_are_zeroed_before_the_yield_are_watched() -> None:
    assert apart(train(zeroed=True), train(zeroed=True, scale=2)) == [(2, "backward")]


def test_each_of_several_passes_counts() -> None:
    one, other = train(passes=3), train(passes=3, scale=2)
    assert apart(one, other)[0] == (2, "backward")
    assert (column(one, "backward") != column(one, "gradients")).all()
    assert apart(one, train(passes=3)) == [], "control"


def test_no_backward_is_none() -> None:
    assert not column(train(passes=0), "backward").any()


def rebuilt(at: int | None, lr: float = 0.1) -> Any:
    """Train with a model and an optimizer that are made anew, and loaded, before a step."""

    def part(begin: int, end: int, weights: dict[str, Any], path: str) -> Iterator[Any]:
        model = nn.Linear(4, 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        if begin:
            saved = torch.load(path)
            model.load_state_dict(saved[0])
            optimizer.load_state_dict(saved[1])
            optimizer.param_groups[0]["lr"] = lr
        weights.update(model.state_dict(keep_vars=True))
        if not begin:
            yield Start(weights)
        for step in range(begin, end):
            loss = model(torch.full((2, 4), 0.1 * step + 0.3)).square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            yield Step((), loss)
        torch.save([model.state_dict(), optimizer.state_dict()], path)

    def run() -> Iterator[Any]:
        weights: dict[str, Any] = {}
        with tempfile.NamedTemporaryFile() as file:
            yield from part(0, at or 6, weights, file.name)
            if at:
                yield from part(at, 6, weights, file.name)

    part.__module__ = run.__module__ = __name__
    return traced(run)


def test_what_takes_the_place_of_others_is_heard_and_what_was_given_up_is_not() -> None:
    whole = rebuilt(None)
    drawn = {"random torch", "random cuda", "random numpy", "random python", "random own"}
    parted = [each for each in apart(whole, rebuilt(3)) if each[1] not in drawn]
    assert parted == [], "neither the gradients of the old weights nor the old optimizer count"
    first = next(each for each in apart(whole, rebuilt(3, lr=0.2)) if each[1] not in drawn)
    assert first == (3, "weights"), "control: the new optimizer counts"
