"""`python -m workflows.runs.absent`: the records of all planned runs on a GPU that is not here.

Decided once for this machine, by one process; each record is the very one that a launch of its own
would leave. On a cluster it is decided where a run's job runs, and nothing of this is asked.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workflows.common.errors import command
from workflows.common.interrupt import interruptible
from workflows.experiment.planned import Planned
from workflows.experiment.specification import RunSpecification
from workflows.runs.laboratory import add_laboratory, laboratory
from workflows.runs.launch import gpu_is_here, launch

RESULTS = Path("results")


def record(path: str) -> Path:
    """Return where the record of the run of that path lies."""
    return RESULTS / "runs" / f"{path}.json"


def without_gpu(runs: Iterable[RunSpecification]) -> list[RunSpecification]:
    """Return the runs that need a GPU where none is here, and that have no other record.

    One that ran on a GPU, which has gone since, is a result like any other.
    """
    if gpu_is_here():
        return []
    return [run for run in runs if run.device == "cuda" and not _ran(record(run.path))]


def _ran(path: Path) -> bool:
    """Say whether there is a record of something that took place, or that nobody can read."""
    try:
        found: Any = json.loads(path.read_bytes())
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True
    return not isinstance(found, dict) or found.get("status") != "not-run"


def main() -> int:
    """Leave the records of the plan named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m workflows.runs.absent", description=__doc__)
    parser.add_argument("--plan", type=Path, required=True, help="results/plan.json")
    add_laboratory(parser, image=False)
    args = parser.parse_args()
    planned = Planned.load(args.plan)

    def carry() -> None:
        for run in without_gpu(planned.plan.runs):
            where = laboratory(args, RESULTS / "images" / f"{run.environment}.json")
            log = RESULTS / "logs" / "runs" / f"{run.path}.log"
            launch(run, planned.identities[run.path], record(run.path), log, where)

    return interruptible(carry, "what has no GPU here is not written down")


if __name__ == "__main__":
    command(main)
