"""Which costs are measured where, and with which runs. Pure; knows nothing of Snakemake."""

from __future__ import annotations

import random

from pydantic import Field

from workflows.common.files import digest
from workflows.common.models import Model
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.model import Experiment
from workflows.experiment.resolve import own, places, sound, taken
from workflows.experiment.specification import RunSpecification

REFERENCE = "unseeded"
"""The configuration that all others are held against: no setting at all."""
AGAIN, TRACED = f"{REFERENCE}.again", f"{REFERENCE}.traced"
"""Two more arms of the reference: the control, and the price of the tracer. No configuration's
name holds a dot."""


class Measurement(Model):
    """One table of costs: its place, and the runs of one round by arm."""

    environment: str
    device: str
    benchmark: str
    rounds: int
    arms: dict[str, RunSpecification] = Field(description="the first is the reference")

    @property
    def path(self) -> str:
        """Where its result lies below `results/costs/`, without the suffix."""
        return f"{self.environment}/{self.device}/{self.benchmark}"

    def identity(self, catalogue: Catalogue) -> str:
        """Return the SHA-256 over the code and the settings that are timed."""
        return digest([identity(run, catalogue) for run in self.arms.values()])

    def order(self, number: int) -> list[str]:
        """Return the arms in the order of a round: random, but the same at every call.

        A random order makes every arm as likely as any other to come first, to come late, or to
        come after a slow one, so no place in the round shows as a cost.
        """
        names = sorted(self.arms)
        random.Random(f"{self.path} {number}").shuffle(names)
        return names

    def run(self, arm: str, number: int) -> RunSpecification:
        """Return the run of an arm in a round."""
        return self.arms[arm].model_copy(update={"repeat": number})


def measurements(
    experiment: Experiment, catalogue: Catalogue, devices: dict[str, list[str]]
) -> list[Measurement]:
    """Return what is to be measured; `devices` names what each environment drives (`host`: all)."""
    return [
        measurement(experiment, catalogue, name, environment, device)
        for device, environment in places(experiment, devices).items()
        for name in sound(experiment.costs, catalogue)
    ]


def measurement(
    experiment: Experiment, catalogue: Catalogue, name: str, environment: str, device: str
) -> Measurement:
    """Return the table of one benchmark in one place."""
    settings = own(experiment.configurations, "configurations", catalogue)
    settings = {REFERENCE: catalogue.configurations[REFERENCE], **settings}

    def arm(configuration: str, *, traced: bool = False) -> RunSpecification:
        return RunSpecification(
            environment=environment,
            device=device,
            benchmark=name,
            configuration=configuration,
            variation="baseline",
            repeat=0,
            seed=experiment.seed,
            **taken(experiment, catalogue, name, experiment.costs[name]),
            threads=1,
            settings=settings[configuration],
            traced=traced,
        )

    arms = {configuration: arm(configuration) for configuration in settings}
    arms[AGAIN] = arm(REFERENCE)
    if device == "cpu":  # a traced run does not wait for a GPU, so its steps end too early there
        arms[TRACED] = arm(REFERENCE, traced=True)
    return Measurement(
        environment=environment,
        device=device,
        benchmark=name,
        rounds=experiment.costs[name].rounds,
        arms=arms,
    )
