"""Runs that agree because they train nothing are no cure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support import real
from workflows.compare.life import STILL, hides, not_living, ruined
from workflows.runs.record import Run

RUN = real.run("seeded")


def losing(step: int, value: float, *, lasting: bool = True) -> Run:
    losses = RUN.losses.copy()
    losses[step : None if lasting else step + 1] = value
    return replace(RUN, losses=losses)


def standing(run: Run) -> Run:
    steps = run.steps.copy()
    steps[:, 3] = steps[0, 3]
    return replace(run, steps=steps)


def test_control_a_training_that_lives() -> None:
    assert not_living([RUN, real.change(RUN, trace={"moved": 3})]) is None


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (losing(0, float("nan")), "every loss is nan from step 0"),
        (losing(7, float("inf")), "every loss is inf from step 7"),
        (losing(7, float("nan"), lasting=False), "the loss is nan at step 7"),
        (real.change(RUN, trace={"moved": 0}), STILL),
        (standing(RUN), STILL),
    ],
)
def test_one_that_does_not(run: Run, why: str) -> None:
    assert not_living([RUN, run]) == ruined([RUN, run], [RUN, RUN]) == why


def test_weights_that_stood_still_before_are_no_harm_of_the_cure() -> None:
    still = real.change(RUN, trace={"moved": 0})
    assert ruined([still], [still]) is None and ruined([still], [RUN]) == STILL
    dead = losing(0, float("nan"))
    assert ruined([dead], [dead]) is not None, "nan hides whatever differs"


def test_what_prints_or_leaves_less_hides_what_differs_there() -> None:
    before = [real.change(RUN, printed=["a", f"{i}"]) for i in range(2)]
    less, equal = ([real.change(RUN, printed=lines)] for lines in (["a"], ["a", "b"]))
    assert hides("printed", less, before) == "less is printed"
    assert hides("printed", equal, before) is None, "control: as much is printed"
    assert hides("batch", less, before) is None, "control: something else differs"
    assert hides("files", less, before) is None
