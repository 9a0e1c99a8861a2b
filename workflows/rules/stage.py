"""What the rule of the close looks asks: each pair's records, images and data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from workflows.common.imports import closure
from workflows.experiment.plan import Plan
from workflows.experiment.specification import RunSpecification
from workflows.studies.differences.plan import Pair, pairs

# Code that looks closely: a change to it looks again, but repeats no run that is done.
CODE = closure("workflows/studies/differences/run.py")


@dataclass(frozen=True)
class Paired:
    """The pairs of a plan by their names, and its runs by their paths."""

    pairs: dict[str, Pair]
    runs: dict[str, RunSpecification]

    @classmethod
    def of(cls, plan: Plan) -> Paired:
        """Pair the runs of a plan."""
        return cls({p.name: p for p in pairs(plan)}, {r.path: r for r in plan.runs})

    @property
    def outputs(self) -> list[str]:
        """Every pair's file."""
        return [f"results/differences/{name}.json" for name in self.pairs]

    def on(self, device: str) -> str:
        """Return the regular expression of the planned pairs on a device.

        A pair with one side on `cuda` is there: both sides are run again in one place.
        """
        return only(name for name in self.pairs if device == self._device(name))

    def _device(self, name: str) -> str:
        sides = (*self.pairs[name].left, *self.pairs[name].right)
        return "cuda" if any(self.runs[path].device == "cuda" for path in sides) else "cpu"

    def left(self, wildcards: Any) -> list[str]:
        """Return the records of a pair's left side."""
        return [f"results/runs/{path}.json" for path in self.pairs[wildcards.pair].left]

    def right(self, wildcards: Any) -> list[str]:
        """Return the records of a pair's right side."""
        return [f"results/runs/{path}.json" for path in self.pairs[wildcards.pair].right]

    def a(self, wildcards: Any) -> RunSpecification:
        """Return the run on a pair's left side."""
        return self.runs[self.pairs[wildcards.pair].left[0]]

    def b(self, wildcards: Any) -> RunSpecification:
        """Return the first run on a pair's right side."""
        return self.runs[self.pairs[wildcards.pair].right[0]]


def only(names: Iterable[str]) -> str:
    """Return the regular expression of these names; without any it matches nothing."""
    return "|".join(map(re.escape, names)) or "(?!)"
