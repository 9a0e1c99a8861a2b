"""Which combination is held against which: a variation against its baseline, and so on. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from workflows.experiment.specification import Combination

BASELINE = re.compile(r"baseline(-\d+)?|untouched")
"""Names of the variation that changes nothing, at full length or at that of a shortened one."""

Steps = Mapping[Combination, int]
"""How long each combination of a plan trains, in the order of the plan."""


def baseline(cell: Combination, steps: Steps) -> Combination | None:
    """Return what a variation is held against: it trains as long. A baseline has none."""
    if BASELINE.fullmatch(cell.variation):
        return None
    for name in ("baseline", f"baseline-{steps[cell]}", "untouched"):
        other = cell.model_copy(update={"variation": name})
        if steps.get(other) == steps[cell]:
            return other
    return None


def first_environment(cell: Combination, steps: Steps) -> Combination | None:
    """Return the same in the first environment that has it; None where it is that one."""
    anywhere = cell.model_dump(exclude={"environment"})
    same = (c for c in steps if c.model_dump(exclude={"environment"}) == anywhere)
    other = next(same, cell)
    return other if other != cell and steps[other] == steps[cell] else None


def on_the_cpu(cell: Combination, steps: Steps) -> Combination | None:
    """Return the same on the CPU in the same environment; None where it is that one."""
    other = cell.model_copy(update={"device": "cpu"})
    return other if other != cell and steps.get(other) == steps[cell] else None
