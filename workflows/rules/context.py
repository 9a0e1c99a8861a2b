"""What the rules ask: inputs, parameters and resources of each stage, from the experiment."""

from __future__ import annotations

import json
import math
import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from workflows.common.errors import UserError
from workflows.common.files import digest
from workflows.common.imports import closure
from workflows.environments import definition as environments
from workflows.environments.engines import resolve
from workflows.environments.images.share import NOT_SHARED
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.load import load
from workflows.experiment.reads import asked
from workflows.experiment.specification import RunSpecification
from workflows.experiment.write_plan import Planned
from workflows.rules.options import Options, split
from workflows.rules.stage import Paired, only
from workflows.studies.ablation.plan import AblationPlan, planned
from workflows.studies.costs.plan import Measurement, measurements

PLAN = Path("results/plan.json")

# Code that turns records into the matrix: a change to it judges again, but runs nothing again.
JUDGES = closure("workflows/matrix/collect.py", "workflows/matrix/show.py")

# Code of the report and its pictures, with what they are drawn from.
DRAWERS = [
    *closure("workflows/report/page.py", "workflows/report/pictures.py"),
    *sorted(str(path) for path in Path("workflows/report/templates").iterdir()),
]

# Code of a publication.
PUBLISHERS = closure("workflows/publication/publish.py")

# Code of an ablation: a change to it judges again, from the records of its runs.
ABLATION = closure("workflows/studies/ablation/run.py")

# Code of the costs: a change to it judges again, from the whole rounds that are there.
COSTS = closure("workflows/studies/costs/run.py")


class Placed(Protocol):
    """Anything that runs a benchmark in an environment."""

    @property
    def environment(self) -> str:
        """The environment's name."""

    @property
    def benchmark(self) -> str:
        """The benchmark's name."""


Find = Callable[[Any], Placed]


@dataclass(frozen=True)
class Context:
    """One experiment, checked, with its plan and its engine."""

    catalogue: Catalogue
    plan: Planned
    options: Options
    asked: dict[str, str]

    @classmethod
    def of(cls, config: dict[str, Any]) -> Context:
        """Check the config and find the engine; end the program with one line if either fails."""
        # Jobs use this interpreter, also where its environment is not activated.
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        try:
            catalogue = Catalogue.read()
            experiment_config, options = split(config)
            experiment = load(experiment_config, catalogue)
            plan = Planned.of(experiment, catalogue, *choose(experiment.engine))
        except UserError as error:
            sys.exit(f"error: {error}")
        context = cls(catalogue, plan, options, {})
        # Now, before any job takes an old result away.
        context.asked.update({path: asked(Path(path), i) for path, i in context.static.items()})
        return context

    @property
    def static(self) -> dict[str, str]:
        """The digest of the code and the settings that each result rests on, by its file."""
        found = {f"results/runs/{path}.json": i for path, i in self.plan.identities.items()}
        for path, plan in self.ablations.items():
            found[path] = identity(plan.run(plan.settings, 0), self.catalogue)
        for path, measurement in self._costs.items():
            found[f"results/costs/{path}.json"] = measurement.identity(self.catalogue)
        return found

    @property
    def records(self) -> list[str]:
        """Every run's record."""
        return [f"results/runs/{run.path}.json" for run in self.plan.plan.runs]

    @property
    def sharing(self) -> str:
        """How other nodes are to get an image: `archive`, a registry's address, or `none`."""
        return self.options.images or NOT_SHARED

    @property
    def publishing(self) -> str:
        """The options of a publication."""
        return self.options.publishing()

    def verifying(self, _wildcards: Any) -> str:
        """Return the options of a verification; end with one line where none is named."""
        try:
            return self.options.verifying()
        except UserError as error:
            sys.exit(f"error: {error}")

    @property
    def pictures(self) -> list[str]:
        """The picture of the matrix, and of each benchmark's losses."""
        names = self.plan.experiment.benchmarks
        return [
            "results/pictures/matrix.svg",
            *(f"results/pictures/losses/{name}.svg" for name in names),
        ]

    @property
    def images(self) -> list[str]:
        """Every environment's image record."""
        return [f"results/images/{name}.json" for name in self.plan.experiment.environments]

    @property
    def rebuilds(self) -> list[str]:
        """The record of a repeated build for every environment."""
        return [f"results/rebuilds/{name}.json" for name in self.plan.experiment.environments]

    def planned_on(self, device: str) -> str:
        """Return the regular expression of the planned runs on a device: any other has no rule."""
        return only(path for path, run in self._runs.items() if run.device == device)

    def demands(self, runs: int | None = 1) -> dict[str, Any]:
        """Return the limits of a run, and what a scheduler is to give a job of so many `runs`.

        Without a number the scheduler's minutes (`runtime`) are left to the profile.
        """
        limits = self.plan.experiment.limits
        found: dict[str, Any] = {"minutes": str(limits.minutes), "memory": self.memory}
        if runs:
            found["runtime"] = runs * (math.ceil(limits.minutes) + 2)  # it starts and ends, too
        if limits.memory_gb:
            found["mem_mb"] = math.ceil(limits.memory_gb * 1024) + 1000  # the launcher's, too
        return found

    @cached_property
    def _runs(self) -> dict[str, RunSpecification]:
        return {run.path: run for run in self.plan.plan.runs}

    @cached_property
    def ablations(self) -> dict[str, AblationPlan]:
        """Every ablation by the file of its result."""
        plans = planned(self.plan.experiment, self.catalogue, environments.devices())
        return {f"results/ablations/{plan.path}.json": plan for plan in plans}

    def ablation(self, wildcards: Any) -> AblationPlan:
        """Return the plan of one ablation."""
        return self.ablations[f"results/ablations/{wildcards.ablation}.json"]

    def ablation_identity(self, wildcards: Any) -> str:
        """Return the same for an ablation, of all settings that it can execute."""
        return self.asked[f"results/ablations/{wildcards.ablation}.json"]

    def ablations_on(self, device: str) -> str:
        """Return the regular expression of the ablations on a device: any other has no rule."""
        return only(plan.path for plan in self.ablations.values() if plan.device == device)

    @property
    def digest(self) -> str:
        """The SHA-256 of the whole plan: another plan makes another matrix."""
        return digest(self.plan.model_dump(mode="json"))

    @cached_property
    def pairs(self) -> Paired:
        """The pairs whose first difference is looked at closely."""
        return Paired.of(self.plan.plan)

    def run(self, wildcards: Any) -> RunSpecification:
        """Return what is asked of a run."""
        return self._runs[wildcards.run]

    def identity(self, wildcards: Any) -> str:
        """Return the digest of the code and settings of a run, and more if what it read changed."""
        return self.asked[f"results/runs/{wildcards.run}.json"]

    def image(self, find: Find) -> Callable[[Any], str]:
        """Return the input function for the image record of what `find` finds."""
        return lambda wildcards: f"results/images/{find(wildcards).environment}.json"

    def data(self, find: Find) -> Callable[[Any], list[str]]:
        """Return the input function for the manifest of the data set that it reads, if any."""

        def manifest(wildcards: Any) -> list[str]:
            name = self.catalogue.benchmarks[find(wildcards).benchmark].data
            return [f"results/data/{name}.json"] if name else []

        return manifest

    @cached_property
    def _costs(self) -> dict[str, Measurement]:
        drives = environments.devices()
        found = measurements(self.plan.experiment, self.catalogue, drives)
        return {measurement.path: measurement for measurement in found}

    @property
    def costs(self) -> list[str]:
        """Every table of costs."""
        return [f"results/costs/{path}.json" for path in self._costs]

    def costs_on(self, device: str) -> str:
        """Return the regular expression of the planned tables of costs on a device."""
        return only(path for path, found in self._costs.items() if found.device == device)

    def cost(self, wildcards: Any) -> Measurement:
        """Return what a table of costs measures."""
        return self._costs[wildcards.cost]

    def cost_identity(self, wildcards: Any) -> str:
        """Return the same as of a run for all that is timed for a table of costs."""
        return self.asked[f"results/costs/{wildcards.cost}.json"]

    @property
    def memory(self) -> str:
        """The memory limit of a run in GiB, 0 for none."""
        return str(self.plan.experiment.limits.memory_gb or 0)

    def source(self, dataset: str) -> str:
        """Return the option that names a local source of a data set, if the config has one."""
        path = self.plan.experiment.data.get(dataset)
        return f"--source {shlex.quote(path)}" if path else ""

    def config(self) -> str:
        """Return the experiment as JSON."""
        return json.dumps(self.plan.experiment.model_dump(mode="json", exclude_none=True))

    def sources(self, environment: str) -> list[str]:
        """Return the files that define an environment for the engine that builds it."""
        lock = f"containers/{environment}/requirements.lock"
        if self.plan.engine == "host":
            return []
        if self.plan.engine == "venv":
            return [lock]
        own = f"containers/{environment}/Dockerfile"
        recipe = own if Path(own).exists() else "containers/Dockerfile"
        return [lock, recipe, "containers/base/base.yaml"]


def choose(asked: str) -> tuple[str, str]:
    """Return the engine to use and one line that says why.

    `auto` keeps the engine of the results that are there: results of another engine are other
    results, and one that is down for a moment must not make everything run again.
    """
    if asked == "auto" and PLAN.exists():
        planned = Planned.load(PLAN)
        try:
            resolve(planned.engine)
        except UserError as error:
            raise UserError(
                f"results/ were made with {planned.engine}, which does not work now ({error}); "
                "start it, or name the engine to make them again: --config engine=venv"
            ) from None
        return planned.engine, planned.why
    engine, why = resolve(asked)
    return engine.name, why
