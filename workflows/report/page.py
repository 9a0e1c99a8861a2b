"""`python -m workflows.report.page --results results`: the report, one file that needs no other.

Nothing in it is fetched: styles, data and the chart library stand in the file. All text from data
is escaped (Jinja's autoescape; `tojson` for what the scripts read).
"""

from __future__ import annotations

import argparse
import base64
import gzip
from collections.abc import Callable
from pathlib import Path

import vl_convert

from workflows.common.errors import command
from workflows.common.files import write_text
from workflows.common.models import load_model
from workflows.common.revision import VERSION
from workflows.common.text_table import Table
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.resolve import own
from workflows.experiment.specification import Combination
from workflows.matrix.cells import Cell
from workflows.matrix.model import Matrix
from workflows.matrix.show import LEGEND, context, notes, validity
from workflows.matrix.tables import (
    KeptTable,
    kept_tables,
    probe_table,
    verdict_tables,
)
from workflows.matrix.variations import Kept
from workflows.report import conclusion
from workflows.report.answer import answer, tiles
from workflows.report.cell import Detail, detail, name, usable
from workflows.report.charts import CURVES, UNSEEDED, templates
from workflows.report.closely import looks
from workflows.report.html import environment
from workflows.report.why import STRENGTHS, whys
from workflows.runs.record import read
from workflows.studies.ablation import table as ablation_table
from workflows.studies.costs import table as costs_table


def bundle() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as gzip in base 64: a third of their size."""
    text = vl_convert.javascript_bundle()  # type: ignore[call-arg]  # its stub is wrong
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def links(matrix: Matrix) -> Callable[[Kept], Cell | None]:
    """Return how to find the cell that a variation's answer is about, if there is one."""
    ran = (cell for cell in matrix.cells if cell.verdict != "not-run")
    cells = {_combination(cell): cell for cell in ran}
    return lambda found: cells.get(_combination(found.varied))


def folded(tables: list[KeptTable]) -> tuple[list[KeptTable], list[str]]:
    """Return the tables in which anything ran, and a line for each of the others."""
    shown, lines = [], []
    for table in tables:
        answers = [cell for row in table.rows for cell in row.cells if cell]
        if any(each.answer != "not-run" for each in answers):
            shown.append(table)
        else:
            why = "; ".join(dict.fromkeys(each.reason or "no reason is known" for each in answers))
            lines.append(f"not run: {table.heading}: {why}")
    return shown, lines


def absent(cells: list[Cell]) -> dict[str, list[str]]:
    """Return the cells that did not run, by the reason."""
    found: dict[str, list[str]] = {}
    for cell in cells:
        if cell.verdict == "not-run":
            found.setdefault(cell.reason or "no reason is known", []).append(name(cell))
    return found


def _combination(found: Combination) -> tuple[str, ...]:
    return tuple(getattr(found, name) for name in Combination.model_fields)


def further(matrix: Matrix) -> list[tuple[str, str, Table]]:
    """Return the other tables that have rows: section, title, heads and rows."""
    found: list[tuple[str, str, Table]] = []
    if matrix.probes:
        title = "One source of randomness each, left free and cured"
        found.append(("Probes", title, probe_table(matrix.probes)))
    if matrix.ablations:
        title = "What each setting does: removed from the start, alone, in the smallest sets"
        found.append(("The fewest settings", title, ablation_table.table(matrix.ablations)))
    found += [("Cost", title, table) for title, table in costs_table.tables(matrix.costs)]
    return found


def render(matrix: Matrix, details: list[Detail], catalogue: Catalogue) -> str:
    """Return the page."""
    experiment = matrix.experiment
    configurations = own(experiment.configurations, "configurations", catalogue)
    varied = own(experiment.variations, "variations", catalogue)
    used = {name for names in configurations.values() for name in names}
    page = environment().get_template("report.html.j2")
    return page.render(
        matrix=matrix,
        answer=answer(matrix, configurations),
        tiles=tiles(matrix, configurations, varied),
        conclusion=conclusion.paragraph(matrix, configurations, varied),
        validity=validity(matrix),
        context=context(matrix),
        legend=LEGEND,
        verdicts=verdict_tables(matrix.cells),
        whys=whys(matrix, varied),
        strengths=STRENGTHS,
        looks=looks(matrix.differences),
        variations=folded(kept_tables(matrix.kept)),
        absent=absent(matrix.cells),
        benchmarks=list(dict.fromkeys(cell.benchmark for cell in matrix.cells)),
        version=VERSION,
        varied=links(matrix),
        further=further(matrix),
        fewest=ablation_table.notes(matrix.ablations),
        measured=costs_table.notes(matrix.costs),
        configurations=configurations,
        settings={name: catalogue.settings[name] for name in catalogue.settings if name in used},
        details=details,
        notes=notes(matrix),
        curves={each.id: each.curves for each in details if each.curves},
        charts={**templates(), "colours": CURVES, "unseeded": UNSEEDED},
        bundle=bundle(),
    )


def main() -> None:
    """Write the report of a finished matrix."""
    parser = argparse.ArgumentParser(prog="python -m workflows.report.page", description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--output", type=Path, help="default: report.html in the results")
    args = parser.parse_args()
    matrix = load_model(Matrix, args.results / "matrix.json", "matrix")
    catalogue = Catalogue.read()
    details = [
        detail(cell, matrix, usable(cell, matrix, lambda p: read(args.results / p)), catalogue)
        for cell in matrix.cells
    ]
    write_text(args.output or args.results / "report.html", render(matrix, details, catalogue))


if __name__ == "__main__":
    command(main)
