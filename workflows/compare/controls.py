"""Whether the negative controls were caught: a matrix that overlooks a flipped bit is worthless.

A control is a run like another but for one bit, flipped after a known step in a weight, a buffer,
an optimizer's state or a random generator. The comparison must find the first difference there; one
that finds nothing, or finds it elsewhere, makes the whole matrix invalid. A generator makes no
difference by itself: it must be found standing elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field

from workflows.common.models import Model
from workflows.compare.difference import Difference, first_difference
from workflows.compare.notes import parted
from workflows.experiment.planned import Control
from workflows.experiment.specification import FlipIn
from workflows.runs.machine import hosts
from workflows.runs.record import Run

ControlOutcome = Literal["caught", "missed", "undecided", "failed", "not-run"]
Validity = Literal["valid", "invalid", "unproven"]
WHERE: dict[str | None, str] = {
    None: "the weights", "buffer": "a buffer", "optimizer": "the optimizer's state",
    "generator": "a random generator",
}  # fmt: skip
PHASES: dict[str | None, tuple[str, ...]] = {
    None: ("weights",), "buffer": ("weights", "state"), "optimizer": ("state",), "generator": (),
}  # fmt: skip
"""The phases in which a flipped bit can be found; a buffer may be saved with the weights or not."""
NOTHING = "no bit can be flipped"
"""How a run says that its benchmark has nothing of the kind (`benchmarks/harness/intervene.py`)."""


class ControlResult(Model):
    """What became of one control."""

    flipped: str
    untouched: str
    step: int
    flip_in: FlipIn | None = Field(None, description="where the bit is; None: in a weight")
    outcome: ControlOutcome
    found: Difference | None
    reason: str | None

    @property
    def benchmark(self) -> str:
        """The name of the benchmark that was trained."""
        return self.flipped.split("/")[2]


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
    if caught(control, untouched, flipped, found):
        return result(control, "caught", found, None)
    if len(hosts([untouched, flipped])) > 1:
        text = f"its two runs ran on {' and '.join(hosts([untouched, flipped]))}"
        return result(control, "undecided", found, text)
    early = found is not None and (found.step is None or found.step <= control.step)
    if steady is False and early:
        text = f"{control.untouched} does not repeat by itself: it differs at {found}"
        return result(control, "undecided", found, text)
    said = f"was found at {found}" if found else "was not found at all"
    text = f"the bit flipped in {WHERE[control.flip_in]} at step {control.step} {said}"
    return result(control, "missed", found, text)


def caught(control: Control, untouched: Run, flipped: Run, found: Difference | None) -> bool:
    """Return whether the flipped bit was found where it was flipped, and nothing before it."""
    if control.flip_in != "generator":
        return at_its_place(control, found)
    elsewhere = parted(untouched, flipped)
    later = found is None or found.step is None or found.step > control.step
    return later and set(elsewhere.values()) == {control.step + 1}


def at_its_place(control: Control | ControlResult, found: Difference | None) -> bool:
    """Return whether that is the step and a phase in which the bit of a control must be found."""
    phases = PHASES[control.flip_in]
    return found is not None and (found.step, found.phase in phases) == (control.step, True)


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
