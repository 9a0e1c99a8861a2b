"""Negative controls: a flipped bit must be found where it was flipped."""

from __future__ import annotations

import pytest

from tests.support import real
from workflows.compare.controls import ControlResult, hold, validity
from workflows.experiment.planned import Control
from workflows.experiment.specification import FlipIn
from workflows.runs import watched
from workflows.runs.record import Run

STEP = 42
CONTROL = Control(flipped="flipped", untouched="untouched", step=STEP)


def weights_changed(from_step: int = STEP, column: int = 3) -> Run:
    """Return a run that differs from the seeded one from that step's weights on."""
    run = real.flip_step(real.run("seeded", 0), from_step, column)
    for step in range(from_step + 1, real.STEPS):
        run = real.flip_step(run, step, column)
    return run


def held(flipped: Run, untouched: Run | None = None, steady: bool | None = True) -> ControlResult:
    untouched = untouched or real.run("seeded", 1)
    return hold(CONTROL, {"flipped": flipped, "untouched": untouched}, steady)


def test_a_flipped_bit_is_caught() -> None:
    found = held(weights_changed())
    assert (found.outcome, str(found.found)) == ("caught", "weights at step 42")
    assert validity([found]) == "valid"


def test_a_flipped_bit_that_is_not_found_makes_the_matrix_invalid() -> None:
    found = held(real.run("seeded", 0))
    assert (found.outcome, found.found) == ("missed", None)
    assert found.reason == "the bit flipped in the weights at step 42 was not found at all"
    assert validity([found, held(weights_changed())]) == "invalid"


@pytest.mark.parametrize(("step", "column"), [(STEP + 1, 3), (STEP, 2), (STEP - 1, 3), (STEP, 0)])
def test_a_flipped_bit_that_is_found_elsewhere_is_missed(step: int, column: int) -> None:
    found = held(weights_changed(step, column))
    assert found.outcome == "missed" and f"step {step}" in str(found.reason)


def test_an_unsteady_configuration_leaves_its_control_undecided() -> None:
    found = held(weights_changed(), real.run("unseeded", 0), steady=False)
    assert found.outcome == "undecided" and validity([found]) == "unproven"
    late = held(weights_changed(STEP + 5), steady=False)
    assert late.outcome == "missed", "what comes after the flip is no excuse"
    never = held(real.run("seeded", 0), steady=False)
    assert never.outcome == "missed"


def test_two_machines_leave_a_control_undecided() -> None:
    elsewhere = weights_changed(STEP - 1)
    found = held(real.holding(elsewhere, processor={"model": "Another CPU"}))
    assert found.outcome == "undecided" and "Another CPU" in str(found.reason)
    assert held(elsewhere).outcome == "missed", "control: on one machine"


def planted(place: FlipIn, phase: str, step: int = STEP) -> ControlResult:
    """Hold a control of what is no weight, whose bit shows in that column of a trace."""
    column, runs = watched.PHASES.index(phase), [real.watched(run) for run in real.runs("seeded")]
    flipped = runs[1]
    for row in range(step, real.STEPS):
        flipped = real.flip_step(flipped, row, column)
    control = CONTROL.model_copy(update={"flip_in": place})
    return hold(control, {"flipped": flipped, "untouched": runs[0]}, steady=True)


@pytest.mark.parametrize(
    ("place", "phase", "step"),
    [
        ("buffer", "weights", STEP), ("buffer", "state", STEP), ("optimizer", "state", STEP),
        ("generator", "random torch", STEP + 1), ("generator", "random cuda", STEP + 1),
    ],
)  # fmt: skip
def test_a_bit_that_is_in_no_weight_is_caught(place: FlipIn, phase: str, step: int) -> None:
    found = planted(place, phase, step)
    assert (found.outcome, found.flip_in) == ("caught", place)


@pytest.mark.parametrize(
    ("place", "phase", "step"),
    [
        ("buffer", "state", STEP + 1), ("buffer", "batch", STEP), ("optimizer", "weights", STEP),
        ("optimizer", "state", STEP - 1), ("generator", "random torch", STEP),
        ("generator", "random torch", STEP + 2), ("generator", "state", STEP),
        ("generator", "random torch", real.STEPS),
    ],
)  # fmt: skip
def test_a_bit_that_is_found_elsewhere_than_in_its_place_is_missed(
    place: FlipIn, phase: str, step: int
) -> None:
    found = planted(place, phase, step)
    assert found.outcome == "missed"
    where = {"buffer": "a buffer", "optimizer": "the optimizer's state"}
    assert where.get(place, "a random generator") in str(found.reason)


@pytest.mark.parametrize(
    ("status", "outcome"), [("not-run", "not-run"), ("failed", "failed"), ("refused", "failed")]
)
def test_a_control_that_did_not_run_proves_nothing(status: str, outcome: str) -> None:
    stopped = real.change(weights_changed(), status=status, reason="no GPU")
    found = held(stopped)
    assert found.outcome == outcome and "no GPU" in str(found.reason)
    assert validity([found]) == "unproven"
    caught = held(weights_changed())
    assert validity([found, caught]) == ("valid" if status == "not-run" else "unproven")


def test_without_controls_nothing_is_proven() -> None:
    assert validity([]) == "unproven"
