"""What the rules ask: inputs, parameters and resources of each stage, from the experiment."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from workflows.catalogue import Catalogue
from workflows.engines import resolve
from workflows.errors import UserError
from workflows.experiment import load
from workflows.files import digest
from workflows.plan import RunSpecification
from workflows.planned import Planned

PLAN = Path("results/plan.json")

# Code that turns records into the matrix: a change to it judges again, but runs nothing again.
JUDGES = [
    f"workflows/{name}.py"
    for name in ("compare", "matrix", "plan", "planned", "published", "records", "show", "verdict")
]


@dataclass(frozen=True)
class Context:
    """One experiment, checked, with its plan and its engine."""

    catalogue: Catalogue
    plan: Planned

    @classmethod
    def of(cls, config: dict[str, Any]) -> Context:
        """Check the config and find the engine; end the program with one line if either fails."""
        # Jobs use this interpreter, also where its environment is not activated.
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        try:
            catalogue = Catalogue.read()
            experiment = load(dict(config), catalogue)
            plan = Planned.of(experiment, catalogue, *choose(experiment.engine))
        except UserError as error:
            sys.exit(f"error: {error}")
        return cls(catalogue, plan)

    @property
    def records(self) -> list[str]:
        """Every run's record."""
        return [f"results/runs/{run.path}.json" for run in self.plan.plan.runs]

    @property
    def images(self) -> list[str]:
        """Every environment's image record."""
        return [f"results/images/{name}.json" for name in self.plan.experiment.environments]

    @property
    def rebuilds(self) -> list[str]:
        """The record of a repeated build for every environment."""
        return [f"results/rebuilds/{name}.json" for name in self.plan.experiment.environments]

    @property
    def planned(self) -> str:
        """The regular expression of the planned runs: any other run has no rule."""
        return "|".join(re.escape(run.path) for run in self.plan.plan.runs)

    @cached_property
    def _runs(self) -> dict[str, RunSpecification]:
        return {run.path: run for run in self.plan.plan.runs}

    @property
    def digest(self) -> str:
        """The SHA-256 of the whole plan: another plan makes another matrix."""
        return digest(self.plan.model_dump(mode="json"))

    def image(self, wildcards: Any) -> str:
        """Return the image record that a run uses."""
        return f"results/images/{self._runs[wildcards.run].environment}.json"

    def identity(self, wildcards: Any) -> str:
        """Return the digest of the code and the settings that a run executes."""
        return self.plan.identities[wildcards.run]

    def data(self, wildcards: Any) -> list[str]:
        """Return the manifest of the data set that a run reads, if any."""
        name = self.catalogue.benchmarks[self._runs[wildcards.run].benchmark].data
        return [f"results/data/{name}.json"] if name else []

    def specification(self, wildcards: Any) -> str:
        """Return a run's specification as JSON."""
        return self._runs[wildcards.run].model_dump_json()

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
