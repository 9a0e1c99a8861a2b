"""`reprise show`: what an experiment says, in one paragraph and a table of 80 columns.

Exit code 1 where a run failed, or a benchmark is out by its own file's fault.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from workflows.common.arguments import Parser
from workflows.common.errors import UserError, command
from workflows.common.files import write_text
from workflows.common.models import load_model
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.planned import OUT
from workflows.experiment.resolve import own
from workflows.matrix.model import Matrix
from workflows.matrix.show import LEGEND, render, validity
from workflows.matrix.tables import verdict_tables
from workflows.report import absent, junit
from workflows.report.conclusion import paragraph
from workflows.report.narrow import STYLE, changed, coloured, narrow, wrapped

WIDTH = 80
USUAL = Path("results/matrix.json")


def answer(matrix: Matrix, path: Path, *, marked: bool = False) -> str:
    """Return the conclusion, the verdicts, and where more is; `marked`: with symbols.

    `path`: where the matrix lies.
    """
    parts = [*conclusion(matrix), wrapped(validity(matrix), WIDTH)]
    tables = verdict_tables(matrix.cells)
    for table in tables:
        parts.append(narrow(table, WIDTH, marked=marked))
        varied = [kept for kept in matrix.kept if kept.benchmark == table.benchmark
                  and not kept.variation.startswith("environment ")]  # fmt: skip
        parts += filter(None, ["\n".join(wrapped(line, WIDTH) for line in changed(varied))])
    below = dict.fromkeys(line for table in tables for line in table.absent)
    parts += [wrapped(line, WIDTH) for line in [*below, LEGEND]]
    parts.append("\n".join(further(path)))
    return "\n\n".join(parts) + "\n"


def conclusion(matrix: Matrix) -> Iterator[str]:
    """Yield the matrix in one paragraph, where the code still knows all that it names."""
    catalogue = Catalogue.read()
    try:
        configurations = own(matrix.experiment.configurations, "configurations", catalogue)
        variations = own(matrix.experiment.variations, "variations", catalogue)
    except UserError:
        return
    yield wrapped(paragraph(matrix, configurations, variations), WIDTH)


def further(path: Path) -> Iterator[str]:
    """Yield where the report is, and all that stands in no short answer."""
    report = path.with_name("report.html")
    if report.is_file():
        yield f"report: {report}"
    which = "" if path == USUAL else f" {path}"
    yield f"causes, notes, all columns: reprise show --wide{which}"


def told(matrix: Matrix) -> Iterator[str]:
    """Yield what failed, and what to do about it."""
    yield from (f"failed: {text}" for text in matrix.failed)
    yield from (f"out: {text}" for text in matrix.left_out if text.startswith(OUT))
    yield from (f"not used: {path}: {why}" for path, why in matrix.unusable.items())
    yield from absent.fixes(matrix.failed)
    if matrix.unusable or not all(map(absent.is_import, matrix.failed)):
        yield "run the failed ones again: reprise retry"
    if matrix.validity == "invalid":
        yield f"error: {validity(matrix)}"


def main(words: Sequence[str] | None = None) -> int:
    """Print the answer, or everything; say at the end what failed."""
    parser = Parser("show", __doc__, "", "--wide there/results/matrix.json")
    add: Any = parser.add_argument
    add("matrix", type=Path, nargs="?", default=USUAL, help="(%(default)s)")
    add("--wide", action="store_true", help="all columns and tables, causes and notes")
    add("--save", type=Path, nargs="+", default=[], metavar="FILE", help="write it there, too")
    add(
        "--junit", type=Path, metavar="FILE", help="write a test case a cell there, for a CI system"
    )
    args = parser.read(words)
    matrix = load_model(Matrix, args.matrix, "matrix")

    def text(*, marked: bool = False) -> str:
        if not args.wide:
            return answer(matrix, args.matrix, marked=marked)
        files = args.matrix.with_suffix("")
        return f"{render(matrix, STYLE)}\nthe same: {files}.md, {files}.csv, {files}.json\n"

    problems = list(told(matrix))
    terminal = sys.stdout.isatty()
    plain = not terminal or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    shown = text(marked=terminal)
    print("\n" + (shown if plain else coloured(shown)), end="", flush=True)
    print("".join(f"{line}\n" for line in problems), end="", file=sys.stderr)
    for path in args.save:
        write_text(path, text() + "".join(f"{line}\n" for line in problems))
    if args.junit:
        settings = own(matrix.experiment.configurations, "configurations", Catalogue.read())
        write_text(args.junit, junit.document(matrix, settings))
    return 1 if problems else 0


if __name__ == "__main__":
    command(main)
