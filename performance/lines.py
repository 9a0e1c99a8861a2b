"""What a line of the table is, and how lines are shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from tabulate import tabulate

from performance.measure import FailedError, Figures, SkippedError
from workflows.common.errors import UserError

HEADS = ("line", "what", "min", "median", "max", "target", "met", "load")


class Place(NamedTuple):
    """Where lines are measured: an empty folder, and how many pairs of each there are."""

    folder: Path
    pairs: int


class Line(NamedTuple):
    """One line: what it measures, and the most that its median may be."""

    name: str
    what: str
    limit: float
    measure: Callable[[Place], Sequence[float]]
    form: str = "{:.2f}"
    asked: bool = True
    """Whether it is measured where no line is named."""


class Row(NamedTuple):
    """A line that was measured, or `why` it was not; `load`: of the machine, as it began."""

    line: Line
    figures: Figures | None
    why: str
    load: float
    failed: bool = False
    """Whether it could have been measured, and what it runs did not work."""


def measured(line: Line, place: Place) -> Row:
    """Measure a line in a folder of its own."""
    load = os.getloadavg()[0]
    folder = place.folder / line.name
    folder.mkdir(parents=True)
    try:
        return Row(line, Figures.of(line.measure(place._replace(folder=folder))), "", load)
    except SkippedError as skipped:
        return Row(line, None, str(skipped), load)
    except (FailedError, UserError) as failed:
        return Row(line, None, str(failed), load, failed=True)


def absent(row: Row) -> str:
    """Return what stands for the figures of a line that has none."""
    return "failed" if row.failed else "skipped"


def words(row: Row) -> list[str]:
    """Return the cells of a row."""
    line = row.line
    said = [line.form.format(value) for value in row.figures or ()] or ["", "", ""]
    met = (
        absent(row) if row.figures is None else "yes" if row.figures.median <= line.limit else "no"
    )
    return [line.name, line.what, *said, line.form.format(line.limit), met, f"{row.load:.1f}"]


def table(rows: Iterable[Row]) -> str:
    """Return the table, and below it why lines have no figures."""
    found = list(rows)
    drawn = tabulate(
        [words(row) for row in found], HEADS, tablefmt="github", disable_numparse=True,
        colalign=("left", "left", "right", "right", "right", "right", "left", "right"),
    )  # fmt: skip
    return "\n".join(
        [drawn, *(f"{row.line.name}: {absent(row)}: {row.why}" for row in found if row.why)]
    )
