"""`reprise check-config`: say in a second, without Snakemake, whether a file is right.

The first thing that is wrong with it is one line: the file, the line, the key, what was expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflows.common import pipeline
from workflows.common.arguments import Parser
from workflows.common.errors import UserError, command
from workflows.environments import definition as environments
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.plan import make
from workflows.experiment.written import read


def main(words: Sequence[str] | None = None) -> None:
    """Check one file."""
    parser = Parser("check-config", __doc__, "mine.yaml")
    add: Any = parser.add_argument
    add("file", type=Path, nargs="?", default=pipeline.default(), help="(default: %(default)s)")
    args = parser.read(words)
    written = read(args.file)
    catalogue = Catalogue.read()
    experiment = written.check(catalogue)
    try:
        plan = make(experiment, catalogue, environments.devices())
    except UserError as error:
        raise written.placed(error) from None
    cells = {run.combination for run in plan.runs}
    print(f"{args.file}: right; {len(plan.runs)} runs of {len(cells)} combinations")
    for reason in plan.left_out:
        print(f"not planned: {reason}")


if __name__ == "__main__":
    command(main)
