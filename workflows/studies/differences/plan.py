"""The pairs of an experiment whose first difference is looked at closely. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from workflows.common.models import Model
from workflows.experiment import comparisons
from workflows.experiment.planned import FLIPPED_IN, SIDES, Plan
from workflows.experiment.specification import Combination, RunSpecification

Kind = Literal["repeats", "variation", "environment"]
Combinations = dict[Combination, list[RunSpecification]]


class Pair(Model):
    """Two sides of one comparison, as paths of runs.

    The one run on the left is held against the first on the right that differs from it.
    """

    name: str = Field(description="usable as a path")
    kind: Kind
    left: list[str]
    right: list[str]


def pairs(plan: Plan) -> list[Pair]:
    """Return every pair of a plan whose sides train equally long.

    Probes speak for themselves, and controls of what is no weight.

    Repeats among themselves; a variation against its baseline; a combination in an environment
    against the same in the experiment's first one, and on `cuda` against the same on `cpu`.
    """
    cells: Combinations = defaultdict(list)
    for run in plan.runs:
        if run.configuration not in SIDES and run.variation not in FLIPPED_IN:
            cells[run.combination].append(run)
    steps = {cell: found[0].steps for cell, found in cells.items()}
    return [pair for cell in cells for pair in _of(cell, cells, steps)]


def _of(cell: Combination, cells: Combinations, steps: comparisons.Steps) -> Iterator[Pair]:
    """Give the pairs that have `cell` on their right."""
    runs = cells[cell]
    own = runs[0].path.rpartition("/")[0]
    if len(runs) > 1:
        yield _pair(f"repeats/{own}", "repeats", runs[0], runs[1:])
    if baseline := comparisons.baseline(cell, steps):
        yield _pair(f"variation/{own}", "variation", cells[baseline][0], runs[:1])
    for name, other in (
        ("environment", comparisons.first_environment(cell, steps)),
        ("device", comparisons.on_the_cpu(cell, steps)),
    ):
        if other:
            yield _pair(f"{name}/{own}", "environment", cells[other][0], runs[:1])


def _pair(name: str, kind: Kind, left: RunSpecification, right: list[RunSpecification]) -> Pair:
    return Pair(name=name, kind=kind, left=[left.path], right=[run.path for run in right])
