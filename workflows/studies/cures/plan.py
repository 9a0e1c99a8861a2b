"""The plan of one search for a cure: a combination whose repeats may differ. Pure."""

from __future__ import annotations

from pydantic import Field

from workflows.common.models import Model
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.model import Experiment
from workflows.experiment.planned import Plan
from workflows.experiment.specification import RunSpecification
from workflows.studies.ablation.plan import named


class CuresPlan(Model):
    """Everything that was asked of one search; nothing here names a host, a path or a time."""

    baseline: RunSpecification = Field(description="the first of the repeats")
    repeats: list[str] = Field(description="their paths")
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
        return f"{run.environment}/{run.device}/{run.benchmark}/{run.configuration}"

    @property
    def pair(self) -> str:
        """The name of the close look at the same difference."""
        return f"repeats/{self.baseline.path.rpartition('/')[0]}"

    def identity(self, catalogue: Catalogue) -> str:
        """Return the SHA-256 over the code, and all settings that it can execute."""
        return identity(self.run(self.settings, 0, self.baseline.steps), catalogue)

    def run(self, settings: list[str], repeat: int, steps: int) -> RunSpecification:
        """Return one run of these settings that ends after so many steps."""
        shorter = [steps - 1] if steps < self.baseline.steps else []
        return self.baseline.model_copy(
            update={
                "configuration": named(settings), "variation": "cures", "repeat": repeat,
                "settings": settings, "dense": shorter,
            }
        )  # fmt: skip


def planned(experiment: Experiment, plan: Plan, catalogue: Catalogue) -> list[CuresPlan]:
    """Return the searches of an experiment: one for each baseline of the benchmarks it names."""
    chosen = experiment.cures or {}
    cells: dict[str, list[RunSpecification]] = {}
    for run in plan.runs:
        if run.benchmark in chosen and run.variation == "baseline":
            cells.setdefault(run.path.rpartition("/")[0], []).append(run)
    return [
        CuresPlan(
            baseline=runs[0],
            repeats=[run.path for run in runs],
            noise=experiment.noise or {},
            runs=chosen[runs[0].benchmark].runs,
            settings=[
                name
                for name, setting in catalogue.settings.items()
                if runs[0].device in setting.devices
            ],
        )
        for runs in cells.values()
    ]
