"""The matrix as tables for programs and for pages.

`python -m workflows.matrix.write_tables results/matrix.json` writes `matrix.csv` and `matrix.md`
beside it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from workflows.common.errors import command
from workflows.common.files import write_text
from workflows.common.models import load_model
from workflows.matrix.model import Matrix
from workflows.matrix.show import csv, markdown


def write(path: Path) -> None:
    """Write both tables of the matrix in the file `path`, beside it."""
    matrix = load_model(Matrix, path, "matrix")
    write_text(path.with_suffix(".csv"), csv(matrix))
    write_text(path.with_suffix(".md"), markdown(matrix))


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.matrix.write_tables", description=__doc__
    )
    parser.add_argument("matrix", type=Path)
    write(parser.parse_args().matrix)


if __name__ == "__main__":
    command(main)
