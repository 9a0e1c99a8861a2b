"""What the rules ask: the stages of one experiment, its files, its limits."""

from __future__ import annotations

import json
import math
import os
import shlex
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from logging import Logger
from pathlib import Path
from typing import Any, TypeVar

from workflows.common.errors import UserError
from workflows.common.files import digest
from workflows.common.paths import here
from workflows.common.pipeline import surroundings
from workflows.environments import definition as environments
from workflows.environments.engines import get
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.duration import Durations
from workflows.experiment.load import load
from workflows.experiment.planned import Planned
from workflows.experiment.reads import asked
from workflows.experiment.specification import RunSpecification
from workflows.experiment.write_plan import make_plan
from workflows.experiment.written import placed
from workflows.rules import shared
from workflows.rules.code import CODE
from workflows.rules.engine import choose
from workflows.rules.options import Options, split
from workflows.rules.order import Order
from workflows.rules.own import Own
from workflows.rules.stage import Stage
from workflows.runs.absent import without_gpu
from workflows.studies.ablation.plan import AblationPlan, planned
from workflows.studies.costs.plan import Measurement, measurements
from workflows.studies.cures import plan as cures
from workflows.studies.cures.plan import CuresPlan
from workflows.studies.differences.absent import unseen
from workflows.studies.differences.family import Family
from workflows.studies.differences.plan import Pair, pairs
from workflows.studies.forecast import Forecast, Study, forecast

Itself = TypeVar("Itself", RunSpecification, AblationPlan, Measurement, CuresPlan)
"""A plan that names the one place where its runs are carried out."""


@dataclass(frozen=True)
class Context:
    """One experiment, checked, with its plan, its engine and its stages."""

    catalogue: Catalogue
    plan: Planned
    options: Options
    cores: int = 0
    """For jobs on this machine; 0: they run elsewhere, and what is lacking here may be there."""

    @classmethod
    def of(
        cls, config: dict[str, Any], files: Iterable[str | Path] = (), *, cores: int = 0
    ) -> Context:
        """Check the config, of these files, and find the engine.

        Ends the program with one line if either fails.
        """
        os.environ |= surroundings(os.environ)
        try:
            catalogue = Catalogue.read()
            experiment_config, options = split(config)
            experiment = load(experiment_config, catalogue)
            plan = make_plan(experiment, catalogue, *choose(experiment.engine))
        except UserError as error:
            sys.exit(f"error: {placed(error, config, files)}")
        return cls(catalogue, plan, options, cores)

    @cached_property
    def runs(self) -> Stage[RunSpecification]:
        """The runs."""
        stage = self._stage("runs", self._runs, self.plan.identities)
        if not self.cores:
            return stage
        absent = frozenset(run.path for run in without_gpu(self.plan.plan.runs))
        return replace(stage, absent=absent, shared=shared.carried_out(self.together))

    @cached_property
    def together(self) -> list[shared.Repeats]:
        """The jobs that carry out several repeats."""
        return shared.repeats(self.plan, self.cores)

    @cached_property
    def _runs(self) -> dict[str, RunSpecification]:
        return {run.path: run for run in self.plan.plan.runs}

    @cached_property
    def ablations(self) -> Stage[AblationPlan]:
        """The ablations."""
        plans = planned(self.plan.experiment, self.catalogue, environments.devices())
        identities = {plan.path: plan.identity(self.catalogue) for plan in plans}
        return self._stage("ablations", {plan.path: plan for plan in plans}, identities)

    @cached_property
    def cures(self) -> Stage[CuresPlan]:
        """The searches for a cure of baselines that differ."""
        plans = cures.planned(self.plan.experiment, self.plan.plan, self.catalogue)
        identities = {plan.path: plan.identity(self.catalogue) for plan in plans}
        return self._stage("cures", {plan.path: plan for plan in plans}, identities)

    @cached_property
    def costs(self) -> Stage[Measurement]:
        """The tables of costs."""
        plans = measurements(self.plan.experiment, self.catalogue, environments.devices())
        identities = {plan.path: plan.identity(self.catalogue) for plan in plans}
        return self._stage("costs", {plan.path: plan for plan in plans}, identities)

    @cached_property
    def differences(self) -> Stage[Pair]:
        """The pairs of runs whose first difference is looked at closely."""
        plans = {pair.name: pair for pair in pairs(self.plan.plan)}
        absent = unseen(plans.values(), self.plan.plan.runs) if self.cores else []
        return Stage(
            "differences",
            plans,
            lambda pair: [self._runs[side[0]] for side in (pair.left, pair.right)],
            self._datasets,
            code=CODE["differences"],
            absent=frozenset(pair.name for pair in absent),
            shared=shared.taken(self.families),
        )

    @cached_property
    def families(self) -> shared.Looks:
        """The jobs that take several close looks."""
        return shared.looks(self.plan, self.cores, self._datasets)

    def _stage(
        self, name: str, plans: dict[str, Itself], identities: dict[str, str]
    ) -> Stage[Itself]:
        """Return a stage whose jobs each run in one place.

        What the kept results read is looked at now, before any job takes an old one away.
        """
        stage = Stage(name, plans, lambda plan: [plan], self._datasets, code=CODE.get(name, ()))
        found = {job: asked(Path(stage.output(job)), i) for job, i in identities.items()}
        return replace(stage, identities=found)

    @property
    def _datasets(self) -> dict[str, str | None]:
        return {name: benchmark.data for name, benchmark in self.catalogue.benchmarks.items()}

    @property
    def images(self) -> list[str]:
        """Every environment's image record."""
        return [f"results/images/{name}.json" for name in self.plan.experiment.environments]

    def sides(self, jobs: Stage[Family]) -> Callable[[Any], list[str]]:
        """Return what names the records that a job's looks compare."""
        return lambda wildcards: [self.runs.output(path) for path in jobs.of(wildcards).sides]

    @property
    def rebuilds(self) -> list[str]:
        """The record of a repeated build for every environment."""
        return [f"results/rebuilds/{name}.json" for name in self.plan.experiment.environments]

    @property
    def pictures(self) -> list[str]:
        """The picture of the matrix, and of each benchmark's losses."""
        names = self.plan.experiment.benchmarks
        return [
            "results/pictures/matrix.svg",
            *(f"results/pictures/losses/{name}.svg" for name in names),
        ]

    @cached_property
    def order(self) -> Order:
        """Which jobs start first, and what they take."""
        durations = Durations.of(self._runs.values(), Path("results"))
        return Order(self.cores, durations, lambda: self.forecast.expected)

    @cached_property
    def forecast(self) -> Forecast:
        """How long it all takes, about: seconds by file, runs by cell."""
        ablations, cures = self.ablations.plans.values(), self.cures.plans.values()
        studies: list[Study] = [*ablations, *cures, *self.costs.plans.values()]
        runs = {path: self._runs[path] for path in self._runs if path not in self.runs.absent}
        plans, absent = self.differences.plans, self.differences.absent
        looks = [plans[name] for name in plans if name not in absent]
        return forecast(self.order.durations, runs, looks, studies)

    def announce(self, log: Logger) -> None:
        """Tell what shows how far it all is what is planned."""
        log.info(None, extra={"forecast": asdict(self.forecast)})

    @property
    def digest(self) -> str:
        """The SHA-256 of the whole plan: another plan makes another matrix."""
        return digest(self.plan.model_dump(mode="json"))

    @property
    def config(self) -> str:
        """The experiment as JSON."""
        return json.dumps(self.plan.experiment.model_dump(mode="json", exclude_none=True))

    @property
    def noise(self) -> str:
        """What in printed lines does not count, as JSON."""
        return json.dumps(self.plan.experiment.noise or {})

    def demands(
        self, runs: int | None = 1, trainings: int | Callable[[Any], int] = 0
    ) -> dict[str, Any]:
        """Return the limits of a run, and what a scheduler is to give a job of so many `runs`.

        Without a number the scheduler's minutes (`runtime`) are left to the profile. `trainings`:
        how many of this machine's cores the job takes, as long as it trains.
        """
        limits = self.plan.experiment.limits
        found: dict[str, Any] = {
            "minutes": str(limits.minutes),
            "memory": str(limits.memory_gb or 0),  # in GiB; 0: none
        }
        if runs:
            found["runtime"] = runs * (math.ceil(limits.minutes) + 2)  # it starts and ends, too
        if limits.memory_gb:
            found["mem_mb"] = math.ceil(limits.memory_gb * 1024) + 1000  # the launcher's, too
        if trainings and self.cores:
            found["trainings"] = trainings
        return found

    def source(self, wildcards: Any) -> str:
        """Return the option that names a local source of a data set, if the config has one."""
        path = self.plan.experiment.data.get(wildcards.dataset)
        return f"--source {shlex.quote(str(path))}" if path else ""

    @property
    def own(self) -> Own:
        """The data of one's own."""
        return Own(self.plan.experiment)

    def sources(self, wildcards: Any) -> list[str]:
        """Return the files that an environment is built from."""
        return [here(name) for name in get(self.plan.engine).sources(wildcards.environment)]

    def verifying(self, _wildcards: Any) -> str:
        """Return the options of a verification; end with one line where none is named."""
        try:
            return self.options.verifying()
        except UserError as error:
            sys.exit(f"error: {error}")
