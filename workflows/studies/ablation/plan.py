"""The plan of one ablation: a benchmark on a device, and the configuration that it takes apart."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from pydantic import Field

from workflows.common.files import digest
from workflows.common.models import Model
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.model import Experiment
from workflows.experiment.resolve import own, places, sound, taken
from workflows.experiment.specification import RunSpecification

LONGEST = 80
"""Letters of the longest name of a set that lists its settings."""


class AblationPlan(Model):
    """Everything that was asked of one ablation; nothing here names a host, a path or a time."""

    environment: str
    device: str
    benchmark: str
    seed: int
    steps: int
    options: dict[str, Any]
    threads: int
    repeats: int = Field(ge=2, description="runs of each set that is tested")
    verify: int = Field(ge=2, description="further runs of each set that is reported")
    start: str = Field(description="the configuration that is taken apart")
    settings: list[str] = Field(description="its settings")
    noise: dict[str, str] = Field({}, description="what in printed lines does not count")

    @property
    def path(self) -> str:
        """Where its result lies below `results/ablations/`, without the suffix."""
        return f"{self.environment}/{self.device}/{self.benchmark}"

    def identity(self, catalogue: Catalogue) -> str:
        """Return the SHA-256 over the code, and all settings that it can execute."""
        return identity(self.run(self.settings, 0), catalogue)

    def run(self, settings: list[str], repeat: int) -> RunSpecification:
        """Return one run of a set of settings."""
        return RunSpecification(
            environment=self.environment, device=self.device, benchmark=self.benchmark,
            configuration=named(settings), variation="ablation", repeat=repeat, seed=self.seed,
            steps=self.steps, options=self.options, threads=self.threads, settings=settings,
        )  # fmt: skip


def named(settings: list[str]) -> str:
    """Return a name for a set of settings that can be a folder's."""
    name = "+".join(settings) or "none"
    return name if len(name) <= LONGEST else f"{len(settings)}-settings-{digest(settings)[:12]}"


def planned(
    experiment: Experiment, catalogue: Catalogue, devices: Mapping[str, list[str]]
) -> list[AblationPlan]:
    """Return the ablations of an experiment, in the first environment that can drive each device.

    `devices` names what each environment can drive (`host`: all).
    """
    chosen = own(experiment.configurations, "configurations", catalogue)
    configurations = {**catalogue.configurations, **chosen}
    plans = []
    for (device, environment), name in product(
        places(experiment, devices).items(), sound(experiment.ablation, catalogue)
    ):
        benchmark, choice = catalogue.benchmarks[name], experiment.ablation[name]
        if benchmark.probe and device not in benchmark.probe.devices:
            continue
        wanted = set(configurations[choice.start])
        plans.append(
            AblationPlan(
                environment=environment,
                device=device,
                benchmark=name,
                seed=experiment.seed,
                **taken(experiment, catalogue, name, choice),
                threads=choice.threads,
                repeats=choice.repeats,
                verify=choice.verify,
                start=choice.start,
                noise=experiment.noise or {},
                settings=[setting for setting in catalogue.settings if setting in wanted],
            )
        )
    return plans
