"""What the rules ask: inputs, parameters and resources of each stage, from the experiment."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

from workflows.catalogue import ROOT, Catalogue, environments
from workflows.engines import resolve
from workflows.errors import UserError
from workflows.experiment import Experiment, load
from workflows.plan import Plan, RunSpecification, make

# Code that every run executes: a change to it can change what a run does or records.
RUNNER = [
    f"benchmarks/{name}.py" for name in ("contract", "execute", "load", "machine", "run", "trace")
]
DATASETS = "benchmarks/datasets.py"


@dataclass(frozen=True)
class Context:
    """One experiment, checked, with its plan and its engine."""

    experiment: Experiment
    catalogue: Catalogue
    plan: Plan
    engine: str
    why: str

    @classmethod
    def of(cls, config: dict[str, Any]) -> Context:
        """Check the config and find the engine; end the program with one line if either fails."""
        try:
            catalogue = Catalogue.read()
            experiment = load(dict(config), catalogue)
            plan = make(experiment, catalogue, environments())
            engine, why = resolve(experiment.engine)
        except UserError as error:
            sys.exit(f"error: {error}")
        return cls(experiment, catalogue, plan, engine.name, why)

    @property
    def records(self) -> list[str]:
        """Every run's record."""
        return [f"results/runs/{run.path}.json" for run in self.plan.runs]

    @property
    def images(self) -> list[str]:
        """Every environment's image record."""
        return [f"results/images/{name}.json" for name in self.experiment.environments]

    def run(self, wildcards: Any) -> RunSpecification:
        """Return the run that a rule's wildcards name."""
        names = ("environment", "device", "benchmark", "configuration", "variation", "repeat")
        path = "/".join(str(wildcards[name]) for name in names)
        found = {run.path: run for run in self.plan.runs}.get(path)
        if found is None:
            raise UserError(f"results/runs/{path}.json: the experiment plans no such run")
        return found

    def code(self, wildcards: Any) -> list[str]:
        """Return the files whose code a run executes."""
        benchmark = self.catalogue.benchmarks[wildcards.benchmark]
        return [benchmark.file, *RUNNER, *([DATASETS] if benchmark.data else [])]

    def data(self, wildcards: Any) -> list[str]:
        """Return the manifest of the data set that a run reads, if any."""
        name = self.catalogue.benchmarks[wildcards.benchmark].data
        return [f"results/data/{name}.json"] if name else []

    def specification(self, wildcards: Any) -> str:
        """Return a run's specification as JSON."""
        return self.run(wildcards).model_dump_json()

    def settings(self, wildcards: Any) -> dict[str, str]:
        """Return the digests of a run's settings: an edited setting makes the run new."""
        settings = self.run(wildcards).settings
        return {name: self.catalogue.settings[name].digest for name in settings}

    def config(self) -> str:
        """Return the experiment as JSON."""
        return json.dumps(self.experiment.model_dump(mode="json", exclude_none=True))

    def sources(self, environment: str) -> list[str]:
        """Return the files that define an environment."""
        folder = ROOT / "containers"
        if environment == "host":
            return []
        files = [*folder.glob("*.*"), *folder.glob("base/*"), *folder.glob(f"{environment}/*.lock")]
        files += [*folder.glob("Dockerfile"), *folder.glob(f"{environment}/Dockerfile")]
        return sorted({path.relative_to(ROOT).as_posix() for path in files if path.is_file()})
