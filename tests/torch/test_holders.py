"""What lies in a holder of any kind is watched, and a repeating program stays the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn

from benchmarks.contract import Start, Step
from tests.torch import holders, opaque
from tests.torch.held import AT, train
from tests.torch.watching import apart, traced

ALL = {**holders.WAYS, **opaque.OPAQUE}


@pytest.fixture(autouse=True)
def bare_classes() -> Iterator[None]:
    yield
    if "ema" in vars(nn.Linear):
        del nn.Linear.ema


def training(*ways: Any) -> Iterator[Any]:
    yield from train(*ways)


@pytest.mark.parametrize("way", ALL)
def test_what_lies_in_any_holder_is_watched(way: str) -> None:
    hold, spoil = ALL[way]
    clean, again, other = (traced(training, hold, one) for one in (None, None, spoil))
    assert apart(clean, again) == [] and clean.final_state == again.final_state, "control"
    assert clean.unwatched == []
    assert apart(clean, other)[0] == (AT, "state") and clean.final_state != other.final_state


class Broken(nn.Module):  # type: ignore[misc]
    """Fails while it is read, as a kind of module may that is not known yet."""

    def __init__(self) -> None:
        super().__init__()
        self.__dict__["_buffers"] = 1


def failing(spoil: bool) -> Iterator[Any]:
    model, broken, mean = nn.Linear(4, 3), Broken(), torch.zeros(3)
    yield Start(model)
    for step in range(5):
        mean += spoil and step == AT
        yield Step((), model(torch.ones(2, 4)).sum())
    assert broken is not None and mean is not None


def test_what_cannot_be_read_is_named_and_the_rest_is_watched() -> None:
    clean, again, other = (traced(failing, spoil) for spoil in (False, False, True))
    assert apart(clean, again) == [], "control"
    assert apart(clean, other)[0] == (AT, "state")
    (named,) = clean.unwatched
    assert named.startswith("broken, of the type Broken, could not be looked at")


def instrumented() -> Iterator[Any]:
    model, held = nn.Linear(4, 3), opaque.instruments()
    yield Start(model)
    for _ in range(5):
        opaque.use(held)
        yield Step((), model(torch.ones(2, 4)).sum())
    assert held is not None


def test_control_what_programs_have_for_other_ends_makes_no_difference() -> None:
    clean, again = traced(instrumented), traced(instrumented)
    assert apart(clean, again) == [] and clean.final_state == again.final_state
    assert clean.unwatched == [] and clean.state_tensors == ["Classy.held"], "of tests.torch.held"


class Owner:
    def __init__(self) -> None:
        self.logger = opaque.with_tensor()


def logging_it() -> Iterator[Any]:
    model, owner = nn.Linear(4, 3), Owner()
    yield Start(model)
    for _ in range(2):
        yield Step((), model(torch.ones(2, 4)).sum())
    assert owner is not None


def test_a_tensor_in_an_object_that_is_not_walked_is_named() -> None:
    assert traced(logging_it).unwatched == [
        "owner.logger, of the type Logger, holds tensors that were not looked at"
    ]
