"""The verdicts of a benchmark as a table that fits a width: what does not fit goes below it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from tabulate import tabulate

from workflows.matrix.tables import MANY, MARKS, VerdictRow, VerdictTable, place, text
from workflows.matrix.variations import Kept

STYLE = "rounded_outline"
COLOURS = {"identical": 32, "prints-alike": 33, "differs": 31, "refused": 35, "failed": 31}
"""Of a terminal, by verdict; one that is not here is dim."""
DIM = 2
ANSWERS = {
    "kept": "keeps its letter under", "overridden": "overrides", "not-run": "not run under",
    "open": "open under", "failed": "failed under", "refused": "refused under",
    "lost": "loses its letter under",
}  # fmt: skip
"""What is said of variations, from best to worst."""


def narrow(table: VerdictTable, width: int, *, marked: bool = False) -> str:
    """Return a table with its heading, no line longer than `width`; `marked`: with symbols.

    Every place has its column, in several tables if need be. The first differences stand beside
    the verdicts where there is room, else below.
    """
    parts = [wrapped(table.heading, width)]
    for places in range(len(table.places), 0, -1):
        if found := list(fitting(table, places, width, marked=marked)):
            parts += found
            break
    else:  # a name alone is too wide: cut it
        parts += [cut(each, width) for each in drawn(table, 1, marked=marked, differences=False)]
    return "\n\n".join(parts)


def fitting(table: VerdictTable, places: int, width: int, *, marked: bool) -> Iterator[str]:
    """Yield tables of so many places each that all fit, or nothing."""
    for differences in (True, False):
        found = list(drawn(table, places, marked=marked, differences=differences))
        if all(len(line) <= width for each in found for line in each.splitlines()):
            yield from found
            if not differences:
                yield from filter(None, [first_differences(table, width)])
            return


def drawn(table: VerdictTable, places: int, *, marked: bool, differences: bool) -> Iterator[str]:
    """Yield tables of so many places each; the last may have the first differences."""
    for start in range(0, len(table.places), places):
        chosen = slice(start, start + places)
        beside = differences and start + places >= len(table.places)
        heads = ["configuration", *("\n".join(halves(*at)) for at in table.places[chosen])]
        rows = [
            [row.configuration, *words(row, chosen, marked=marked), *([row.difference] * beside)]
            for row in table.rows
        ]
        yield tabulate(rows, [*heads, *(["first difference"] * beside)], tablefmt=STYLE)


def words(row: VerdictRow, chosen: slice, *, marked: bool) -> list[str]:
    """Return what stands in some cells of a row."""
    return [
        f"{MARKS[cell.verdict]} {text(cell)}" if marked and cell else text(cell)
        for cell in row.cells[chosen]
    ]


def halves(environment: str, device: str) -> tuple[str, str]:
    """Return a place's name in two lines."""
    build, _, on = place(environment, device).rpartition(" on ")
    return build, f"on {on}"


def first_differences(table: VerdictTable, width: int) -> str:
    """Return where rows first differ, a line each."""
    lines = [
        wrapped(f"{row.configuration} first differs in: {row.difference}", width)
        for row in table.rows
        if row.difference
    ]
    return "\n".join(lines)


def changed(found: Iterable[Kept]) -> Iterator[str]:
    """Yield for each configuration of a benchmark under which variations its letter stays.

    What is not the same in all places counts as what is worst among them.
    """
    said: dict[str, dict[str, str]] = {}
    for each in found:
        answer = "overridden" if each.answer == "kept" and each.reason else each.answer
        answers = said.setdefault(each.configuration, {})
        known = answers.get(each.variation, answer)
        answers[each.variation] = max(answer, known, key=[*ANSWERS].index)
    for configuration, answers in said.items():
        groups = {one: [name for name, each in answers.items() if each == one] for one in ANSWERS}
        parts = [f"{ANSWERS[one]} {some(names)}" for one, names in groups.items() if names]
        yield f"{configuration}: {'; '.join(parts)}"


def some(names: list[str]) -> str:
    """Return names of variations, many as their number."""
    return ", ".join(names) if len(names) <= MANY else f"{len(names)} variations"


def wrapped(paragraph: str, width: int) -> str:
    """Return a paragraph in lines of at most `width`."""
    return textwrap.fill(paragraph, width, break_long_words=True, break_on_hyphens=False)


def cut(drawing: str, width: int) -> str:
    """Return a drawing with its lines cut."""
    return "\n".join(line[:width] for line in drawing.splitlines())


def coloured(drawing: str) -> str:
    """Return a text with symbols in which each verdict has its colour."""
    for verdict, mark in MARKS.items():
        start = f"\x1b[{COLOURS.get(verdict, DIM)}m"
        drawing = drawing.replace(f"{mark} {verdict}", f"{start}{mark} {verdict}\x1b[0m")
    return drawing
