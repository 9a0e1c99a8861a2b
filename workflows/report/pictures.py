"""`python -m workflows.report.pictures`: the matrix, or a benchmark's losses, as SVG."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workflows.common.errors import command
from workflows.common.files import write_text
from workflows.common.models import load_model
from workflows.matrix.model import Matrix
from workflows.report.cell import usable
from workflows.report.charts import losses, picture
from workflows.runs.record import Run, read

CURVES = 12
"""More distinct curves than these no eye tells apart; the first letters are the most frequent."""


def title(benchmark: str) -> str:
    """Return what stands above a benchmark's losses."""
    return f"{benchmark}: every distinct outcome"


def distinct(matrix: Matrix, benchmark: str, find: Callable[[str], Run]) -> dict[str, Any]:
    """Return a baseline run of each letter, with the first combination that gave it.

    `find` gives the run of a record that a cell names.
    """
    found: dict[str, Any] = {}
    for cell in matrix.cells:
        if (cell.benchmark, cell.variation) != (benchmark, "baseline"):
            continue
        runs = usable(cell, matrix, find)
        completed = [run for run in runs if run.record.status == "completed"]
        for letter, run in zip(cell.classes, completed, strict=True):
            found.setdefault(letter, (cell.configuration, run))
    return dict(sorted(found.items(), key=lambda item: (len(item[0]), item[0]))[:CURVES])


def main() -> None:
    """Write one picture: a benchmark's losses, or without one the matrix."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.report.pictures", description=__doc__
    )
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--benchmark", help="whose losses; none: the matrix")
    parser.add_argument("--output", type=Path, required=True, help="the SVG to write")
    args = parser.parse_args()
    matrix = load_model(Matrix, args.results / "matrix.json", "matrix")
    if args.benchmark is None:
        return write_text(args.output, picture(matrix))
    found = distinct(matrix, args.benchmark, lambda path: read(args.results / path))
    return write_text(args.output, losses(found, title(args.benchmark)))


if __name__ == "__main__":
    command(main)
