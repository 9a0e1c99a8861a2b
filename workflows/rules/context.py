"""What the rules ask: the stages of one experiment, its files, its limits."""

from __future__ import annotations

import json
import math
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from logging import Logger
from pathlib import Path
from typing import Any, TypeVar

from workflows.common.errors import UserError
from workflows.common.files import digest
from workflows.common.paths import ROOT, here
from workflows.environments import definition as environments
from workflows.environments.engines import get
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.duration import Durations
from workflows.experiment.load import load
from workflows.experiment.planned import Planned
from workflows.experiment.reads import asked
from workflows.experiment.specification import RunSpecification
from workflows.experiment.write_plan import make_plan
from workflows.rules.code import CODE
from workflows.rules.engine import choose
from workflows.rules.options import Options, split
from workflows.rules.stage import Stage
from workflows.runs.absent import without_gpu
from workflows.studies.ablation.plan import AblationPlan, planned
from workflows.studies.costs.plan import Measurement, measurements
from workflows.studies.cures import plan as cures
from workflows.studies.cures.plan import CuresPlan
from workflows.studies.differences.absent import unseen
from workflows.studies.differences.plan import Pair, pairs
from workflows.studies.forecast import Study, forecast

Itself = TypeVar("Itself", RunSpecification, AblationPlan, Measurement, CuresPlan)
"""A plan that names the one place where its runs are carried out."""


@dataclass(frozen=True)
class Context:
    """One experiment, checked, with its plan, its engine and its stages."""

    catalogue: Catalogue
    plan: Planned
    options: Options
    here: bool = False
    """Whether jobs run on this machine, so that what it lacks is lacking for all of them."""

    @classmethod
    def of(cls, config: dict[str, Any], *, here: bool = False) -> Context:
        """Check the config and find the engine; end the program with one line if either fails."""
        os.environ |= surroundings(os.environ)
        try:
            catalogue = Catalogue.read()
            experiment_config, options = split(config)
            experiment = load(experiment_config, catalogue)
            plan = make_plan(experiment, catalogue, *choose(experiment.engine))
        except UserError as error:
            sys.exit(f"error: {error}")
        return cls(catalogue, plan, options, here)

    @cached_property
    def runs(self) -> Stage[RunSpecification]:
        """The runs."""
        stage = self._stage("runs", self._runs, self.plan.identities)
        absent = without_gpu(self.plan.plan.runs) if self.here else []
        return replace(stage, absent=frozenset(run.path for run in absent))

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
        absent = unseen(plans.values(), self.plan.plan.runs) if self.here else []
        return Stage(
            "differences",
            plans,
            lambda pair: [self._runs[side[0]] for side in (pair.left, pair.right)],
            self._datasets,
            code=CODE["differences"],
            absent=frozenset(pair.name for pair in absent),
        )

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

    @property
    def images_without_gpu(self) -> list[str]:
        """The image records of the runs that cannot run here."""
        return sorted({name for job in self.runs.absent for name in self.runs.images([job])})

    @property
    def records_without_gpu(self) -> list[str]:
        """Both sides of the close looks at such runs."""
        looks = (self.differences.of([name]) for name in self.differences.absent)
        paths = {path for look in looks for path in (*look.left, *look.right)}
        return sorted(map(self.runs.output, paths))

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

    def announce(self, log: Logger) -> None:
        """Tell what shows how far it all is what is planned: seconds by file, runs by cell."""
        durations = Durations.of(self._runs.values(), Path("results"))
        looks, ablations = self.differences.plans.values(), self.ablations.plans.values()
        cures, costs = self.cures.plans.values(), self.costs.plans.values()
        studies: list[Study] = [*ablations, *cures, *costs]
        found = forecast(durations, self._runs, looks, studies)
        log.info(None, extra={"forecast": asdict(found)})

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

    def demands(self, runs: int | None = 1) -> dict[str, Any]:
        """Return the limits of a run, and what a scheduler is to give a job of so many `runs`.

        Without a number the scheduler's minutes (`runtime`) are left to the profile.
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
        return found

    def source(self, wildcards: Any) -> str:
        """Return the option that names a local source of a data set, if the config has one."""
        path = self.plan.experiment.data.get(wildcards.dataset)
        return f"--source {shlex.quote(path)}" if path else ""

    def sources(self, wildcards: Any) -> list[str]:
        """Return the files that an environment is built from."""
        return [here(name) for name in get(self.plan.engine).sources(wildcards.environment)]

    def verifying(self, _wildcards: Any) -> str:
        """Return the options of a verification; end with one line where none is named."""
        try:
            return self.options.verifying()
        except UserError as error:
            sys.exit(f"error: {error}")


def surroundings(given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which jobs use this interpreter and this code.

    Also where the interpreter's environment is not activated, and where the code lies in another
    folder than the results: then no file beside these stands for a module.
    """
    found = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{given['PATH']}"}
    if Path.cwd() != ROOT:
        after = [given["PYTHONPATH"]] if given.get("PYTHONPATH") else []
        found |= {"PYTHONPATH": os.pathsep.join([str(ROOT), *after]), "PYTHONSAFEPATH": "1"}
    return found
