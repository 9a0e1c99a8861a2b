"""Whether the negative controls were caught: a matrix that overlooks a flipped bit is worthless.

A control is a run like another but for one bit of one weight, flipped after a known step. The
comparison must find the first difference there; one that finds nothing, or finds it elsewhere,
makes the whole matrix invalid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from workflows.common.models import Model
from workflows.compare.difference import Difference, first_difference
from workflows.experiment.planned import Control
from workflows.runs.machine import hosts
from workflows.runs.record import Run

ControlOutcome = Literal["caught", "missed", "undecided", "failed", "not-run"]
Validity = Literal["valid", "invalid", "unproven"]


class ControlResult(Model):
    """What became of one control."""

    flipped: str
    untouched: str
    step: int
    outcome: ControlOutcome
    found: Difference | None
    reason: str | None


def hold(control: Control, runs: Mapping[str, Run], steady: bool | None) -> ControlResult:
    """Compare a control's two runs.

    `steady` says whether the untouched run's repeats are identical (None: unknown, there are
    none). Where they are not, an earlier difference says nothing about the comparison.
    """
    flipped, untouched = runs[control.flipped], runs[control.untouched]
    for run in (untouched, flipped):
        status = run.record.status
        if status != "completed":
            outcome: ControlOutcome = "not-run" if status == "not-run" else "failed"
            return result(control, outcome, None, f"{run.record.run.path}: {run.record.reason}")
    found = first_difference(untouched, flipped)
    if found == Difference(phase="weights", step=control.step):
        return result(control, "caught", found, None)
    if len(hosts([untouched, flipped])) > 1:
        text = f"its two runs ran on {' and '.join(hosts([untouched, flipped]))}"
        return result(control, "undecided", found, text)
    early = found is not None and (found.step is None or found.step <= control.step)
    if steady is False and early:
        text = f"{control.untouched} does not repeat by itself: it differs at {found}"
        return result(control, "undecided", found, text)
    said = f"was found at {found}" if found else "was not found at all"
    text = f"the bit flipped in the weights at step {control.step} {said}"
    return result(control, "missed", found, text)


def result(
    control: Control, outcome: ControlOutcome, found: Difference | None, reason: str | None
) -> ControlResult:
    """Return the outcome of a control."""
    return ControlResult(**control.model_dump(), outcome=outcome, found=found, reason=reason)


def validity(results: Iterable[ControlResult]) -> Validity:
    """Return `invalid` when any control was missed, `unproven` unless one was caught."""
    outcomes = {found.outcome for found in results}
    if "missed" in outcomes:
        return "invalid"
    return "valid" if outcomes <= {"caught", "not-run"} and "caught" in outcomes else "unproven"
