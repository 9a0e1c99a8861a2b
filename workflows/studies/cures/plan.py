"""The plan of one search for a cure: repeats that may differ, a letter that may be lost. Pure.

A letter is lost where both a baseline and a variation of it repeat, and do not agree. What makes
them agree keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from workflows.common.models import Model
from workflows.experiment import comparisons
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.model import Experiment
from workflows.experiment.planned import CONTROLS, Plan
from workflows.experiment.specification import Combination, RunSpecification
from workflows.studies.ablation.plan import named


class CuresPlan(Model):
    """Everything that was asked of one search; nothing here names a host, a path or a time."""

    baseline: RunSpecification = Field(description="the first of the repeats")
    varied: RunSpecification | None = Field(
        None, description="the first under a variation: what keeps the letter is searched for"
    )
    repeats: list[str] = Field(description="their paths, and after them those of the variation")
    runs: int = Field(description="that the search may take in all")
    settings: list[str] = Field(description="that mean anything on the device")
    noise: dict[str, str] = Field(description="what in printed lines does not count")

    @property
    def environment(self) -> str:
        """The environment's name."""
        return self.baseline.environment

    @property
    def device(self) -> str:
        """The device's name."""
        return self.baseline.device

    @property
    def benchmark(self) -> str:
        """The benchmark's name."""
        return self.baseline.benchmark

    @property
    def path(self) -> str:
        """Where its result lies below `results/cures/`, without the suffix."""
        run = self.baseline
        cell = f"{run.environment}/{run.device}/{run.benchmark}/{run.configuration}"
        return f"variation/{cell}/{self.varied.variation}" if self.varied else cell

    @property
    def pair(self) -> str:
        """The name of the close look at the same difference."""
        kind, run = ("variation", self.varied) if self.varied else ("repeats", self.baseline)
        return f"{kind}/{run.path.rpartition('/')[0]}"

    @property
    def cell(self) -> Combination:
        """What does not repeat, or loses the letter."""
        return (self.varied or self.baseline).combination

    def identity(self, catalogue: Catalogue) -> str:
        """Return the SHA-256 over the code, and all settings that it can execute."""
        return identity(self.run(self.settings, 0, self.baseline.steps), catalogue)

    def run(self, settings: list[str], repeat: int, steps: int) -> RunSpecification:
        """Return one run of these settings that ends after so many steps.

        Where a letter may be lost every second run is one of the variation.
        """
        shorter = [steps - 1] if steps < self.baseline.steps else []
        side = self.varied if self.varied and repeat % 2 else self.baseline
        return side.model_copy(
            update={
                "configuration": named(settings), "variation": "cures", "repeat": repeat,
                "settings": settings, "dense": shorter,
            }
        )  # fmt: skip


def planned(experiment: Experiment, plan: Plan, catalogue: Catalogue) -> list[CuresPlan]:
    """Return the searches of an experiment for the benchmarks it names.

    One for each baseline, and one for each of its variations. Settings hold no other processor
    and what they are themselves.
    """
    chosen = experiment.cures or {}
    cells: dict[Combination, list[RunSpecification]] = {}
    for run in plan.runs:
        if run.benchmark in chosen and run.variation not in CONTROLS:
            cells.setdefault(run.combination, []).append(run)
    steps = {cell: runs[0].steps for cell, runs in cells.items()}

    def asked() -> Iterator[tuple[list[RunSpecification], list[RunSpecification]]]:
        for cell, runs in cells.items():
            base = comparisons.baseline(cell, steps)
            if cell.variation == "baseline":
                yield runs, []
            elif (
                base and not runs[0].conditions.cpu and runs[0].settings == cells[base][0].settings
            ):
                yield cells[base], runs

    return [
        CuresPlan(
            baseline=repeats[0],
            varied=varied[0] if varied else None,
            repeats=[run.path for run in (*repeats, *varied)],
            noise=experiment.noise or {},
            runs=chosen[repeats[0].benchmark].runs,
            settings=[
                name
                for name, setting in catalogue.settings.items()
                if repeats[0].device in setting.devices
            ],
        )
        for repeats, varied in asked()
    ]
