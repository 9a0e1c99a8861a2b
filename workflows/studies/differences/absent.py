"""`python -m workflows.studies.differences.absent`: close looks at runs on a GPU that is not here.

All of them by one process: there is nothing to look at, and each says so as it would by itself.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from workflows.common.errors import command
from workflows.common.files import write_json
from workflows.compare.text import describe
from workflows.experiment.planned import Planned
from workflows.experiment.specification import RunSpecification
from workflows.runs.absent import RESULTS, record, without_gpu
from workflows.studies.differences.plan import Pair, pairs
from workflows.studies.differences.run import look


def unseen(found: Iterable[Pair], runs: Sequence[RunSpecification]) -> list[Pair]:
    """Return the pairs of which a whole side cannot run here, so that nothing is run again."""
    absent = {run.path for run in without_gpu(runs)}
    return [pair for pair in found if {*pair.left} <= absent or {*pair.right} <= absent]


def main() -> None:
    """Take these looks for the plan named on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.studies.differences.absent", description=__doc__
    )
    parser.add_argument("--plan", type=Path, required=True, help="results/plan.json")
    plan = Planned.load(parser.parse_args().plan).plan
    for pair in unseen(pairs(plan), plan.runs):
        found = look(record(pair.left[0]), [*map(record, pair.right)])
        write_json(RESULTS / "differences" / f"{pair.name}.json", found.model_dump(mode="json"))
        print(f"{pair.name}:\n{describe(found)}")


if __name__ == "__main__":
    command(main)
