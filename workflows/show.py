"""The matrix for people: a table in the terminal, Markdown, CSV.

`python -m workflows.show results/matrix.json` prints the table; exit code 1 when a run failed.
"""

from __future__ import annotations

import argparse
import csv as csv_writer
import io
import math
import sys
from pathlib import Path

from pydantic import ValidationError
from tabulate import tabulate

from workflows.errors import UserError, command
from workflows.matrix import Cell, Matrix

MANY = 6
LEGEND = (
    "Runs of one benchmark with the same letter are equal in every traced bit; "
    "letters are shared across the whole table."
)


def classes(cell: Cell) -> str:
    """Return a cell's distinct letters, the many as a count."""
    distinct = list(dict.fromkeys(cell.classes))
    return " ".join(distinct) if len(distinct) <= MANY else f"{len(distinct)} distinct"


def text(cell: Cell | None) -> str:
    """Return what the table says in one cell."""
    if cell is None:
        return ""
    return f"{cell.verdict} {classes(cell)}".strip()


def columns(cells: list[Cell]) -> list[tuple[str, str]]:
    """Return the (environment, device) pairs, in their order."""
    return list(dict.fromkeys((cell.environment, cell.device) for cell in cells))


def nearness(cells: list[Cell]) -> str:
    """Say how close the first cell with an answer came to the published lines."""
    for cell in cells:
        if cell.published:
            found = cell.published
            digits = "all" if found.digits is None else f"{found.digits:.1f}"
            return f"{digits} digits, off by {found.largest_difference:.1g}"
    return ""


def difference(cells: list[Cell]) -> str:
    """Say where repeats first differ, for all cells of a row."""
    found = dict.fromkeys(str(c.first_difference) for c in cells if c.first_difference)
    return "; ".join(found)


def table(cells: list[Cell]) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows for the cells of one benchmark: a row for each configuration."""
    heads = ["configuration", *(f"{e} on {d}" for e, d in columns(cells))]
    heads += ["first difference", "against published"]
    rows = []
    for configuration, variation in dict.fromkeys((c.configuration, c.variation) for c in cells):
        row = [c for c in cells if (c.configuration, c.variation) == (configuration, variation)]
        place = {(c.environment, c.device): c for c in row}
        name = configuration if variation == "baseline" else f"{configuration} / {variation}"
        shown = [text(place.get(column)) for column in columns(cells)]
        rows.append([name, *shown, difference(row), nearness(row)])
    return heads, rows


def heading(cells: list[Cell]) -> str:
    """Return the line above a benchmark's table."""
    cell = cells[0]
    bound = next((c.divergence_below for c in cells if c.divergence_below), None)
    sure = (
        f"; identical: fewer than {math.ceil(100 * bound)} % of runs deviate, 95 % sure"
        if bound
        else ""
    )
    return f"{cell.benchmark}: {cell.steps} steps, {len(cell.records)} repeats{sure}"


def context(matrix: Matrix) -> list[str]:
    """Return the lines that say where the matrix comes from."""
    lines = [matrix.why, f"started: {matrix.started or 'never'}"]
    if matrix.machine:
        machine = matrix.machine
        gpu = machine["gpu"]["name"] if machine["gpu"] else "no GPU"
        flags = machine["flags"]
        model = " ".join(machine["processor"]["model"].split())
        lines.append(f"machine: {model} ({flags['cpu_capability']}), {gpu}")
    for name, image in matrix.images.items():
        torch = image.packages.get("torch", "none")
        lines.append(f"environment {name}: torch {torch}, content {image.content_digest[:12]}")
    return lines


def notes(matrix: Matrix) -> list[str]:
    """Return what the tables leave out: cells that could not run, spreads, failures."""
    lines = [f"not planned: {reason}" for reason in matrix.left_out]
    reasons: dict[str, list[str]] = {}
    for cell in matrix.cells:
        if cell.verdict in ("not-run", "refused", "failed"):
            place = f"{cell.environment} on {cell.device}"
            if cell.verdict != "not-run":
                place += f", {cell.benchmark}, {cell.configuration}"
            reasons.setdefault(f"{cell.verdict}: {cell.reason}", []).append(place)
        elif cell.configuration == "unseeded" and cell.final_loss:
            low, high = cell.final_loss.minimum, cell.final_loss.maximum
            place = f"{cell.benchmark}, {cell.environment} on {cell.device}"
            lines.append(f"last loss of unseeded runs: {low:.6g} to {high:.6g} ({place})")
    for cell in matrix.cells:
        if len(cell.machines) > 1:
            where = f"{cell.benchmark}, {cell.configuration}, {cell.environment} on {cell.device}"
            lines.append(f"repeats of several machines: {'; '.join(cell.machines)} ({where})")
    lines += [f"{why} ({'; '.join(dict.fromkeys(at))})" for why, at in reasons.items()]
    return lines


def render(matrix: Matrix, style: str, bullet: str = "") -> str:
    """Return context, a table for each benchmark, and notes, in one of tabulate's styles."""
    parts = ["\n".join(bullet + line for line in context(matrix))]
    for benchmark in dict.fromkeys(cell.benchmark for cell in matrix.cells):
        cells = [cell for cell in matrix.cells if cell.benchmark == benchmark]
        heads, rows = table(cells)
        parts.append(heading(cells) + "\n\n" + tabulate(rows, heads, tablefmt=style))
    parts += [LEGEND, "\n".join(bullet + line for line in notes(matrix))]
    return "\n\n".join(parts) + "\n"


def markdown(matrix: Matrix) -> str:
    """Return the matrix as Markdown."""
    return "# Which combinations reproduce\n\n" + render(matrix, "github", "- ")


def csv(matrix: Matrix) -> str:
    """Return one line per cell; lists are joined by blanks."""
    names = [*Cell.model_fields]
    names.remove("records")
    buffer = io.StringIO()
    writer = csv_writer.writer(buffer, lineterminator="\n")
    writer.writerow(names)
    for cell in matrix.cells:
        values = {**cell.model_dump(mode="json"), "classes": " ".join(cell.classes)}
        values["first_difference"] = cell.first_difference or ""
        if cell.final_loss:
            values["final_loss"] = f"{cell.final_loss.minimum} {cell.final_loss.maximum}"
        if cell.published:
            values["published"] = cell.published.digits
        writer.writerow(["" if values[name] is None else values[name] for name in names])
    return buffer.getvalue()


def main() -> int:
    """Print the matrix; say at the end what failed."""
    parser = argparse.ArgumentParser(prog="python -m workflows.show", description=__doc__)
    parser.add_argument("matrix", type=Path)
    args = parser.parse_args()
    try:
        matrix = Matrix.model_validate_json(args.matrix.read_bytes())
    except (FileNotFoundError, ValidationError):
        text = f"{args.matrix}: no matrix; make it: snakemake --cores 4"
        raise UserError(text) from None
    print("\n" + render(matrix, "rounded_outline"))
    for cell in matrix.failed:
        print(f"failed: {cell.records[0].rsplit('/', 1)[0]}: {cell.reason}", file=sys.stderr)
    if matrix.failed:
        print("run the failed ones again: make retry", file=sys.stderr)
    return 1 if matrix.failed else 0


if __name__ == "__main__":
    command(main)
