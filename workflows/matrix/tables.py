"""The matrix's tables as heads and rows: verdicts, variations, probes."""

from __future__ import annotations

import math

from workflows.common.text_table import Table
from workflows.compare.close_look import Closer
from workflows.matrix.cells import Cell
from workflows.matrix.probes import Probing
from workflows.matrix.variations import Kept

MANY = 6


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


def table(cells: list[Cell]) -> Table:
    """Return heads and rows for the cells of one benchmark: a row for each configuration."""
    heads = ["configuration", *(f"{e} on {d}" for e, d in columns(cells))]
    heads += ["first difference", "against published"]
    rows = []
    for configuration in dict.fromkeys(c.configuration for c in cells):
        row = [c for c in cells if c.configuration == configuration]
        place = {(c.environment, c.device): c for c in row}
        shown = [text(place.get(column)) for column in columns(cells)]
        rows.append([configuration, *shown, difference(row), nearness(row)])
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


def kept_table(found: list[Kept]) -> Table:
    """Return heads and rows for one benchmark in one place: a row for each variation."""
    configurations = list(dict.fromkeys(each.configuration for each in found))
    rows = []
    for variation in dict.fromkeys(each.variation for each in found):
        by_name = {k.configuration: k for k in found if k.variation == variation}
        steps = next(iter(by_name.values())).steps
        rows.append([variation, str(steps), *(kept_text(by_name.get(c)) for c in configurations)])
    return ["variation", "steps", *configurations], rows


def kept_places(found: list[Kept]) -> list[tuple[str, list[Kept]]]:
    """Return the answers by benchmark and place, each with its heading."""
    groups: dict[str, list[Kept]] = {}
    for each in found:
        if not each.variation.startswith("environment "):
            place = f"{each.benchmark}, {each.environment} on {each.device}"
            groups.setdefault(f"{place}: which variations keep the letter", []).append(each)
    for each in found:
        if each.variation.startswith("environment "):
            place = f"{each.benchmark} on {each.device}"
            groups.setdefault(f"{place}: which environments agree with the first", []).append(each)
    return list(groups.items())


def probe_table(found: list[Probing]) -> Table:
    """Return heads and rows for the probes: a row for each, a column for each place."""
    places = list(dict.fromkeys((each.environment, each.device) for each in found))
    rows = []
    for name in dict.fromkeys(each.probe for each in found):
        of_name = [each for each in found if each.probe == name]
        by_place = {(each.environment, each.device): each for each in of_name}
        findings = [by_place[place].finding if place in by_place else "" for place in places]
        control = all(each.expected == ("identical", "identical") for each in of_name)
        cure = "" if control else ", ".join(of_name[0].cure)
        rows.append([name, of_name[0].source, *findings, cure])
    return ["probe", "source", *(f"{e} on {d}" for e, d in places), "cure"], rows


def closer_table(looks: dict[str, Closer]) -> Table:
    """Return heads and rows for the first differences: place, size, growth of the loss."""
    later = (1, 10, 100, 1000)
    rows = []
    for name, look in looks.items():
        located, grown = look.located, {g.later: g.loss for g in look.growth or look.losses}
        size = located.size if located else None
        place = located.place if located else look.difference
        ulp = "" if size is None or size.ulp is None else f"{size.ulp}"
        relative = "" if size is None or size.relative is None else f"{size.relative:.1e}"
        losses = [grown.get(steps) for steps in later]
        growth = ["" if g is None or g.relative is None else f"{g.relative:.0e}" for g in losses]
        outcome = look.rerun.outcome if look.rerun else "from the records"
        rows.append([name, str(place), ulp, relative, *growth, outcome])
    heads = ["pair", "first difference", "ULP", "relative"]
    return [*heads, *(f"loss +{steps}" for steps in later), "re-run"], rows
