"""The answer in one line, and the figures that it rests on. Pure.

The question is the article's: does seeding make training reproduce? A configuration is seeded where
it sets PyTorch's seed. Only what ran is counted, and only what was varied is claimed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from workflows.experiment.catalogue import Variation
from workflows.matrix.cells import Cell
from workflows.matrix.model import Matrix
from workflows.report.conclusion import (
    across_environments,
    across_processors,
    counted,
    joined,
    letters,
    quoted,
    title,
)
from workflows.report.curves import SEED

HERE = {"cpu": "this CPU", "cuda": "this GPU"}
BAD = ("differs", "prints-alike")


class Answer(NamedTuple):
    """A word, and the rest of the sentence; `tone`: the class of the verdict that it is like."""

    word: str
    rest: str
    tone: str


@dataclass(frozen=True)
class Tile:
    """One figure: its value, what it counts, what stands below; `tone` as of an answer."""

    value: str
    label: str
    note: str
    tone: str


Configurations = Mapping[str, list[str]]


def seeded(matrix: Matrix, configurations: Configurations) -> list[Cell]:
    """Return the seeded cells that ran, with nothing varied."""
    return [
        cell
        for cell in matrix.cells
        if cell.variation == "baseline"
        and cell.verdict != "not-run"
        and SEED in configurations[cell.configuration]
    ]


def answer(matrix: Matrix, configurations: Configurations) -> Answer:
    """Return whether the seeded configurations reproduce, and where."""
    if matrix.validity == "invalid":
        missed = "a bit was flipped on purpose and the comparison missed it."
        return Answer("Nothing can be concluded", missed, "failed")
    cells = seeded(matrix, configurations)
    if not cells:
        return Answer("No answer", "no seeded configuration ran on this machine.", "not-run")
    found = [
        _of_device([cell for cell in cells if cell.device == device], device)
        for device in dict.fromkeys(cell.device for cell in cells)
    ]
    first, *others = found
    rest = " ".join([first.rest, *(f"{each.word}, {each.rest}" for each in others)])
    if matrix.validity == "unproven":
        rest += " Unproven: no flipped bit was caught."
    tones = {each.tone for each in found}
    return Answer(first.word, rest, tones.pop() if len(tones) == 1 else "prints-alike")


def _of_device(cells: list[Cell], device: str) -> Answer:
    where = f"on {HERE.get(device, device)}"
    who = joined(title(name) for name in dict.fromkeys(cell.benchmark for cell in cells))
    identical = [cell for cell in cells if cell.verdict == "identical"]
    share = f"{len(identical)} of {len(cells)} seeded cells"
    if len(identical) == len(cells):
        said = f"{where}: {who}, {share} identical in every bit."
        return Answer("Yes", said, "identical")
    if not identical:
        parted = any(cell.verdict in BAD for cell in cells)
        said = f"{where}: {who}, {share} identical."
        return Answer("No", said, "differs") if parted else Answer("No answer", said, "failed")
    names = list(dict.fromkeys(cell.configuration for cell in cells))
    lacking = {cell.configuration for cell in cells if cell.verdict != "identical"}
    whole = [name for name in names if name not in lacking]
    which = f" Everywhere so under {quoted(whole)}." if whole else ""
    return Answer("In part", f"{where}: {who}, {share} identical in every bit.{which}", BAD[1])


def tiles(
    matrix: Matrix, configurations: Configurations, variations: Mapping[str, Variation]
) -> list[Tile]:
    """Return the figures: repeats, environments, processors, negative controls."""
    cells = seeded(matrix, configurations)
    found = [_repeats(cells), _environments(cells), _processors(matrix, variations)]
    return [*filter(None, found), _controls(matrix)]


def _share(part: int, whole: int) -> str:
    if part == whole:
        return "identical"
    return "prints-alike" if part else "differs"


def _repeats(cells: list[Cell]) -> Tile | None:
    if not cells:
        return None
    same = sum(cell.verdict == "identical" for cell in cells)
    runs = joined(map(str, sorted({len(cell.records) for cell in cells})), "or")
    value = f"{same} of {len(cells)}"
    return Tile(value, "seeded cells identical", f"{runs} runs each", _share(same, len(cells)))


def _environments(cells: list[Cell]) -> Tile | None:
    groups = across_environments(cells)
    if not groups:
        return None
    same = sum(len(letters(group)) == 1 for group in groups.values())
    names = dict.fromkeys(cell.environment for group in groups.values() for cell in group)
    value, tone = f"{same} of {len(groups)}", _share(same, len(groups))
    return Tile(value, "agree across environments", f"{joined(names)}, what repeats in each", tone)


def _processors(matrix: Matrix, variations: Mapping[str, Variation]) -> Tile | None:
    found = across_processors(matrix.kept, variations)
    if not found:
        return None
    keep = [name for name, keeps in found.items() if keeps]
    lose = [name for name in found if name not in keep]
    value = joined(keep) if keep else "none"
    if lose:
        value = f"only {value}" if keep else value
    note = (
        f"{joined(lose)} {'does' if len(lose) == 1 else 'do'} not" if lose else "all of those tried"
    )
    tone = _share(len(keep), len(found))
    return Tile(value, "keep their bits across instruction sets", note, tone)


def _controls(matrix: Matrix) -> Tile:
    ran = [each for each in matrix.controls if each.outcome != "not-run"]
    caught = sum(each.outcome == "caught" for each in ran)
    idle = len(matrix.controls) - len(ran)
    note = (
        f"all that could run; {counted(idle, 'other')} could not" if idle else "all that there are"
    )
    if not ran:
        return Tile("none", "negative controls caught", "none could run", "not-run")
    if caught < len(ran):
        note = "see below"
    tone = "identical" if matrix.validity == "valid" else "failed"
    return Tile(f"{caught} of {len(ran)}", "negative controls caught", note, tone)
