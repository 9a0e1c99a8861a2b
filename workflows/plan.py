"""The plan: the list of runs that an experiment means. Pure; knows nothing of Snakemake."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from pydantic import BaseModel, ConfigDict

from workflows.catalogue import Catalogue
from workflows.errors import UserError
from workflows.experiment import Experiment, own


class Combination(BaseModel):
    """One cell of the matrix; its runs differ in their repeat alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    environment: str
    device: str
    benchmark: str
    configuration: str
    variation: str


class RunSpecification(Combination):
    """Everything that was asked of one run; nothing here names a host, a path or a time."""

    repeat: int
    seed: int
    steps: int
    options: dict[str, Any]
    threads: int
    settings: list[str]

    @property
    def combination(self) -> Combination:
        """The cell that this run belongs to."""
        return Combination(**{name: getattr(self, name) for name in Combination.model_fields})

    @property
    def path(self) -> str:
        """Where its record lies below `results/runs/`, without the suffix."""
        folder = [getattr(self, name) for name in Combination.model_fields]
        return "/".join([*folder, str(self.repeat)])


class Plan(BaseModel):
    """All runs, and the combinations that were left out with the reason."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    runs: list[RunSpecification]
    left_out: list[str]


def make(experiment: Experiment, catalogue: Catalogue, devices: dict[str, list[str]]) -> Plan:
    """Return the plan; `devices` names what each environment can drive (`host`: all).

    Raises `UserError` when no combination is left.
    """
    runs: list[RunSpecification] = []
    left_out: list[str] = []
    configurations = own(experiment.configurations, "configurations", catalogue)
    variations = own(experiment.variations, "variations", catalogue)
    for environment, device in product(experiment.environments, experiment.devices):
        if device not in devices.get(environment, ["cpu", "cuda"]):
            left_out.append(f"environment {environment} on {device}: built without {device}")
            continue
        for name, choice in experiment.benchmarks.items():
            benchmark = catalogue.benchmarks[name]
            options = {**benchmark.options, **choice.options}
            for variation_name, variation in variations.items():
                if not set(variation.options) <= set(options):
                    missing = ", ".join(sorted(set(variation.options) - set(options)))
                    text = f"variation {variation_name} of {name}: it has no option {missing}"
                    left_out += [text] if text not in left_out else []
                    continue
                for configuration, settings in configurations.items():
                    runs += repeats(
                        experiment.repeats[name],
                        environment=environment,
                        device=device,
                        benchmark=name,
                        configuration=configuration,
                        variation=variation_name,
                        seed=experiment.seed,
                        steps=choice.steps or benchmark.steps,
                        options={**options, **variation.options},
                        threads=variation.threads or 1,
                        settings=list(dict.fromkeys([*settings, *variation.settings])),
                    )
    if not runs:
        raise UserError(f"config: nothing is left to run: {'; '.join(left_out)}")
    return Plan(runs=runs, left_out=left_out)


def repeats(count: int, **fields: Any) -> Iterator[RunSpecification]:
    """Yield `count` runs that differ in their repeat alone."""
    for repeat in range(count):
        yield RunSpecification(repeat=repeat, **fields)
