"""The plan as a file: experiment, engine and runs, for the stages that come after the runs.

`python -m workflows.experiment.write_plan --config JSON --engine NAME --why TEXT --output
results/plan.json`
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from pydantic import Field

from workflows.common.errors import UnusableError, UserError, command
from workflows.common.files import sealed, write_json
from workflows.common.models import Model, load_model
from workflows.environments import definition as environments
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.load import load
from workflows.experiment.model import Experiment
from workflows.experiment.plan import Plan, make


class Planned(Model):
    """What was asked, the engine that was taken and why, and the runs that follow."""

    experiment: Experiment
    engine: str
    why: str
    plan: Plan
    identities: dict[str, str] = Field(description="by a run's path: its code and settings")
    sum: str | None = Field(None, description="SHA-256 of its canonical JSON without this")

    @classmethod
    def of(cls, experiment: Experiment, catalogue: Catalogue, engine: str, why: str) -> Planned:
        """Plan an experiment's runs on an engine."""
        plan = make(experiment, catalogue, environments.devices())
        identities = {run.path: identity(run, catalogue) for run in plan.runs}
        return cls(experiment=experiment, engine=engine, why=why, plan=plan, identities=identities)

    @classmethod
    def load(cls, path: Path) -> Planned:
        """Read a plan; raise `UserError` when it is missing or not one."""
        try:
            return load_model(cls, path, "plan")
        except UnusableError as error:
            raise UserError(f"{path}: {error.why}; remove it and run snakemake again") from None


def main() -> None:
    """Write the plan."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.experiment.write_plan", description=__doc__
    )
    parser.add_argument("--config", type=json.loads, required=True)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--why", required=True)
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    catalogue = Catalogue.read()
    experiment = load(args.config, catalogue)
    planned = Planned.of(experiment, catalogue, args.engine, args.why)
    write_json(args.output, sealed(planned.model_dump(mode="json")))
    # What `reprise retry` gives to Snakemake again.
    asked = experiment.model_dump(mode="json", exclude_none=True)
    write_json(args.output.with_name("experiment.json"), asked)


if __name__ == "__main__":
    command(main)
