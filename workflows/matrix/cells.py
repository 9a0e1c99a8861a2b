"""One cell of the matrix: a combination, its verdict, its letters, and what is known around it."""

from __future__ import annotations

import math
import statistics

from pydantic import Field

from workflows.common.models import Model
from workflows.compare.published import Agreement, agreement
from workflows.compare.verdict import Verdict, judge
from workflows.experiment.catalogue import Published
from workflows.experiment.specification import Combination
from workflows.matrix.cause import Cause
from workflows.runs.machine import machine
from workflows.runs.record import Run


class Spread(Model):
    """The last step's loss over the repeats of a combination."""

    minimum: float
    maximum: float
    standard_deviation: float


class Cell(Verdict, Combination):
    """One combination with its verdict."""

    classes: list[str] = Field(description="one letter per completed repeat, in their order")
    final_loss: Spread | None
    published: Agreement | None
    machines: list[str] = Field(description="processor or GPU of the completed repeats, distinct")
    step_seconds: float | None = Field(description="median wall time of a step over the repeats")
    steps: int
    cause: Cause | None = Field(None, description="why repeats differ, and what cures it")
    records: list[str] = Field(description="the repeats' records, below the results folder")

    @property
    def folder(self) -> str:
        """Where the records of its runs lie below `results/runs/`, and its name in a line."""
        return "/".join(getattr(self, name) for name in Combination.model_fields)

    @property
    def runs(self) -> list[str]:
        """The paths of its runs, as their specifications have them."""
        return [path.removeprefix("runs/").removesuffix(".json") for path in self.records]


def spread(runs: list[Run]) -> Spread | None:
    """Return the spread of the last loss; None without a completed run or if one diverged."""
    losses = [float(r.losses[-1]) for r in runs if r.record.status == "completed"]
    if not losses or not all(map(math.isfinite, losses)):
        return None
    return Spread(
        minimum=min(losses), maximum=max(losses), standard_deviation=statistics.pstdev(losses)
    )


def closeness(runs: list[Run], published: Published | None) -> Agreement | None:
    """Return how close the first completed run came, if it was seeded as the published one."""
    asked = runs[0].record.run
    if not published or "torch-seed" not in asked.settings or asked.seed != published.seed:
        return None
    printed = [run.record.printed for run in runs if run.record.status == "completed"]
    return agreement(printed[0], published) if printed else None


def cell(
    combination: Combination, runs: list[Run], names: dict[str, str], published: Published | None
) -> Cell:
    """Judge one combination; `names`: the letter of each completed run, by its path."""
    completed = [run for run in runs if run.record.status == "completed"]
    timings = [run.record.timing for run in completed]
    times = [each.step_seconds for each in timings if each and each.step_seconds is not None]
    return Cell(
        **combination.model_dump(),
        **dict(judge(runs)),
        classes=[names[run.record.run.path] for run in completed],
        final_loss=spread(runs),
        published=closeness(runs, published),
        machines=list(dict.fromkeys(machine(run) for run in completed)),
        step_seconds=statistics.median(times) if times else None,
        steps=runs[0].record.run.steps,
        records=[f"runs/{run.record.run.path}.json" for run in runs],
    )
