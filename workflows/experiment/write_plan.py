"""The plan as a file: experiment, engine and runs, for the stages that come after the runs.

`python -m workflows.experiment.write_plan --config JSON --engine NAME --why TEXT --output
results/plan.json`
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from workflows.common.errors import command
from workflows.common.files import sealed, write_json
from workflows.environments import definition as environments
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.load import load
from workflows.experiment.model import Experiment
from workflows.experiment.plan import make
from workflows.experiment.planned import Planned


def make_plan(experiment: Experiment, catalogue: Catalogue, engine: str, why: str) -> Planned:
    """Plan an experiment's runs on an engine."""
    plan = make(experiment, catalogue, environments.devices())
    identities = {run.path: identity(run, catalogue) for run in plan.runs}
    return Planned(experiment=experiment, engine=engine, why=why, plan=plan, identities=identities)


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
    plan = make_plan(experiment, catalogue, args.engine, args.why)
    write_json(args.output, sealed(plan.model_dump(mode="json")))
    # What `reprise retry` gives to Snakemake again.
    asked = experiment.model_dump(mode="json", exclude_none=True)
    write_json(args.output.with_name("experiment.json"), asked)


if __name__ == "__main__":
    command(main)
