"""A close look at the first difference of two runs: what it holds, and how it is filled."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workflows.common.models import Model
from workflows.compare import growth
from workflows.compare.difference import Difference
from workflows.compare.growth import Growth
from workflows.compare.locate import Located, locate
from workflows.runs.record import Run
from workflows.runs.tensors import Dense

Outcome = Literal[
    "shown again at the same place", "shown elsewhere", "not shown again", "not possible"
]


class Rerun(Model):
    """What a second look shows; `left` and `right` say how each side's second run fared."""

    outcome: Outcome
    reason: str | None = Field(None, description="why it was not possible, or names no tensor")
    seen: list[Difference | None] = Field(
        [], description="the first difference in each attempt, tensors not yet named"
    )
    steps: int = Field(0, description="steps that the last attempt compared")
    left: Difference | None = Field(None, description="where the left side left its own first run")
    right: Difference | None = Field(None, description="the same of the right side")
    left_repeated: bool | None = Field(None, description="equal to its first run up to the place")
    right_repeated: bool | None = None


class Closer(Model):
    """The first difference of two runs, as closely as it can be told.

    `difference` is what the traces of the two runs say; `located` and `growth` come from kept
    tensors: those beside the records, or those of the re-run where `rerun` says that there was
    one. In a re-run the difference may stand elsewhere: `located.place` says where.
    """

    schema_version: Literal[1] = 1
    left: str = Field(description="the run, as environment/device/benchmark/…")
    right: str | None = Field(description="the run that it was compared with; None: with none")
    difference: Difference | None = Field(description="None: no difference, or see `reason`")
    reason: str | None = Field(None, description="why there is nothing to compare")
    left_out: list[str] = Field([], description="runs that could not be compared, and why")
    located: Located | None = Field(None, description="the tensor and the size")
    growth: list[Growth] = Field([], description="loss and weights, from kept tensors")
    losses: list[Growth] = Field([], description="the loss, from the traces")
    rerun: Rerun | None = None


def closely(
    a: Run, b: Run, difference: Difference, dense: tuple[Dense | None, Dense | None]
) -> Closer:
    """Say of a difference what the records tell, and the tensors beside them if there are any."""
    step = grows_from(difference)
    found = Closer(
        left=a.record.run.path, right=b.record.run.path, difference=difference,
        losses=[] if step is None else growth.of_traces(a, b, step),
    )  # fmt: skip
    return with_tensors(found, difference, *dense)


def grows_from(difference: Difference) -> int | None:
    """Return the step from which a difference grows, None where it does not."""
    if difference.phase == "initial weights":
        return 0
    return None if difference.phase == "length" else difference.step


def with_tensors(found: Closer, place: Difference, a: Dense | None, b: Dense | None) -> Closer:
    """Add tensor, size and growth at a place, where both sides kept its tensors."""
    step = grows_from(place)
    if a is None or b is None or step is None:
        return found
    located = locate(a, b, place)
    rows = growth.of_tensors(a, b, step) if located else []
    return found.model_copy(update={"located": located, "growth": rows})
