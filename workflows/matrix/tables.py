"""The matrix's tables, each made once: rows of cells for a page, of text for all else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from workflows.common.text_table import Table
from workflows.compare.close_look import Closer, relative, ulp
from workflows.matrix.cells import Cell
from workflows.matrix.probes import Probing
from workflows.matrix.variations import Kept

MANY = 6
MARKS = {
    "identical": "=", "prints-alike": "≈", "differs": "≠", "refused": "⊘", "failed": "✗",
    "not-run": "∅",
}  # fmt: skip
"""Said beside the word and the colour, so that neither is the only signal."""
BUILDS = {"cpu": "CPU build", "cuda": "CUDA build"}
"""What the environments are called that hold one of PyTorch's builds and nothing else."""
DEVICES = {"cpu": "CPU", "cuda": "GPU"}


def place(environment: str, device: str) -> str:
    """Return what a column of an environment on a device is called."""
    return f"{BUILDS.get(environment, environment)} on {DEVICES.get(device, device)}"


def letters_of(cell: Cell) -> str:
    """Return a cell's distinct letters, the many as a count."""
    distinct = list(dict.fromkeys(cell.classes))
    return " ".join(distinct) if len(distinct) <= MANY else f"{len(distinct)} distinct"


def text(cell: Cell | None) -> str:
    """Return what the table says in one cell."""
    if cell is None:
        return ""
    early = f", {cell.ended_after} steps" if cell.ended_after else ""
    return f"{cell.verdict}{early} {letters_of(cell)}".strip()


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


def idle(cells: list[Cell]) -> dict[tuple[str, str], str]:
    """Return the places where nothing could run, with why; none where nothing ran anywhere."""
    reasons: dict[tuple[str, str], str] = {}
    for where in columns(cells):
        there = [cell for cell in cells if (cell.environment, cell.device) == where]
        if all(cell.verdict == "not-run" for cell in there):
            said = dict.fromkeys(cell.reason or "no reason is known" for cell in there)
            reasons[where] = "; ".join(said)
    return reasons if len(reasons) < len(columns(cells)) else {}


class VerdictRow(NamedTuple):
    """One configuration of a benchmark, in every place."""

    configuration: str
    cells: list[Cell | None]
    difference: str
    nearness: str


@dataclass(frozen=True)
class VerdictTable:
    """The verdicts of one benchmark: a row for each configuration, a column for each place.

    `absent`: the places where nothing could run, each with why, in one line; they have no column,
    unless nothing could run anywhere.
    """

    benchmark: str
    heading: str
    places: list[tuple[str, str]]
    rows: list[VerdictRow]
    absent: list[str]

    @classmethod
    def of(cls, cells: list[Cell]) -> VerdictTable:
        """Return the table of the cells of one benchmark."""
        lacking, rows = idle(cells), []
        places = [found for found in columns(cells) if found not in lacking]
        for configuration in dict.fromkeys(c.configuration for c in cells):
            row = [c for c in cells if c.configuration == configuration]
            by_place = {(c.environment, c.device): c for c in row}
            shown = [by_place.get(where) for where in places]
            rows.append(VerdictRow(configuration, shown, difference(row), nearness(row)))
        absent = [f"not run: {place(*where)}: {why}" for where, why in lacking.items()]
        return cls(cells[0].benchmark, heading(cells), places, rows, absent)

    @property
    def drawn(self) -> Table:
        """Heads and rows of text."""
        heads = ["configuration", *(place(*each) for each in self.places)]
        return [*heads, "first difference", "against published"], [
            [row.configuration, *map(text, row.cells), row.difference, row.nearness]
            for row in self.rows
        ]


def verdict_tables(cells: list[Cell]) -> list[VerdictTable]:
    """Return the table of each benchmark that has cells without a variation."""
    found: dict[str, list[Cell]] = {cell.benchmark: [] for cell in cells}
    for cell in cells:
        if cell.variation == "baseline":
            found[cell.benchmark].append(cell)
    return [VerdictTable.of(each) for each in found.values() if each]


class KeptRow(NamedTuple):
    """One variation under every configuration."""

    variation: str
    steps: int
    cells: list[Kept | None]


@dataclass(frozen=True)
class KeptTable:
    """What one benchmark keeps in one place: a row for each variation."""

    heading: str
    configurations: list[str]
    rows: list[KeptRow]

    @classmethod
    def of(cls, heading: str, found: list[Kept]) -> KeptTable:
        """Return the table of some answers."""
        configurations, rows = list(dict.fromkeys(each.configuration for each in found)), []
        for variation in dict.fromkeys(each.variation for each in found):
            by_name = {k.configuration: k for k in found if k.variation == variation}
            steps = next(iter(by_name.values())).steps
            rows.append(KeptRow(variation, steps, [by_name.get(name) for name in configurations]))
        return cls(heading, configurations, rows)

    @property
    def drawn(self) -> Table:
        """Heads and rows of text."""
        return ["variation", "steps", *self.configurations], [
            [row.variation, str(row.steps), *map(kept_text, row.cells)] for row in self.rows
        ]


def kept_text(found: Kept | None) -> str:
    """Return what the table of variations says in one cell."""
    if found is None:
        return ""
    if found.answer == "lost" and found.first_difference:
        return f"lost: {found.first_difference}"
    # With a reason nothing was tried: the change did not reach the run.
    return (
        f"{found.answer}, overridden" if found.answer == "kept" and found.reason else found.answer
    )


def kept_tables(found: list[Kept]) -> list[KeptTable]:
    """Return the tables of variations, then those of environments, in the order of the answers."""
    groups: dict[str, list[Kept]] = {}
    for each in found:
        if not each.variation.startswith("environment "):
            where = f"{each.benchmark}, {each.environment} on {each.device}"
            groups.setdefault(f"{where}: which variations keep the letter", []).append(each)
    for each in found:
        if each.variation.startswith("environment "):
            where = f"{each.benchmark} on {each.device}"
            groups.setdefault(f"{where}: which environments agree with the first", []).append(each)
    return [KeptTable.of(title, group) for title, group in groups.items()]


def probe_table(found: list[Probing]) -> Table:
    """Return heads and rows for the probes: a row for each, a column for each place."""
    places = list(dict.fromkeys((each.environment, each.device) for each in found))
    rows = []
    for name in dict.fromkeys(each.probe for each in found):
        of_name = [each for each in found if each.probe == name]
        by_place = {(each.environment, each.device): each for each in of_name}
        findings = [by_place[at].finding if at in by_place else "" for at in places]
        control = all(each.expected == ("identical", "identical") for each in of_name)
        cure = "" if control else ", ".join(of_name[0].cure)
        rows.append([name, of_name[0].source, *findings, cure])
    return ["probe", "source", *(place(*each) for each in places), "cure"], rows


def closer_table(looks: dict[str, Closer]) -> Table:
    """Return heads and rows for the first differences: place, size, growth of the loss."""
    later = (1, 10, 100, 1000)
    rows = []
    for name, look in looks.items():
        grown = {growth.later: growth.loss for growth in look.grown}
        losses = [relative(grown.get(steps), digits=0) for steps in later]
        size = [ulp(look.size), relative(look.size)]
        rows.append([name, str(look.place), *size, *losses, look.seen])
    heads = ["pair", "first difference", "ULP", "relative"]
    return [*heads, *(f"loss +{steps}" for steps in later), "re-run"], rows
