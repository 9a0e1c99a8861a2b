"""What the close looks add to the matrix: tensors for its first differences, sizes, growth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from workflows.common.errors import UnusableError
from workflows.common.models import load_model
from workflows.compare.close_look import Closer
from workflows.compare.difference import Difference
from workflows.experiment.specification import Combination
from workflows.matrix.cells import Cell
from workflows.matrix.variations import Kept


def read(names: Iterable[str], results: Path, unusable: dict[str, str]) -> dict[str, Closer]:
    """Return the close looks that were taken, by the name of their pair.

    A damaged one is named in `unusable`, by its path below the results.
    """
    found = {}
    for name in names:
        path = f"differences/{name}.json"
        try:
            if (results / path).exists():
                found[name] = load_model(Closer, results / path, "close look")
        except UnusableError as error:
            unusable[path] = error.why
    return found


def path(combination: Combination) -> str:
    """Return a combination as the names of pairs spell it."""
    return "/".join(combination.model_dump().values())


def with_tensor(difference: Difference | None, look: Closer | None) -> Difference | None:
    """Return the difference with the tensor that a close look named at that very place."""
    if difference is None or look is None or look.located is None:
        return difference
    place = look.located.place
    same = (place.phase, place.step) == (difference.phase, difference.step)
    return place if same and difference.tensor is None else difference


def of_cells(cells: list[Cell], looks: dict[str, Closer]) -> list[Cell]:
    """Return the cells, their first differences with the tensor where it is known."""
    return [
        cell.model_copy(
            update={
                "first_difference": with_tensor(
                    cell.first_difference, looks.get(f"repeats/{path(cell_of(cell))}")
                )
            }
        )
        for cell in cells
    ]


def of_kept(kept: list[Kept], looks: dict[str, Closer]) -> list[Kept]:
    """Return the answers about variations, likewise."""
    return [
        each.model_copy(
            update={"first_difference": with_tensor(each.first_difference, look_of(each, looks))}
        )
        for each in kept
    ]


def look_of(kept: Kept, looks: Mapping[str, Closer]) -> Closer | None:
    """Return the close look at the difference that an answer names."""
    name = path(kept.varied)
    if kept.answer == "open":  # the difference is the baseline's own
        return looks.get(f"repeats/{path(kept.baseline)}")
    if kept.answer == "lost" and kept.reason:  # it does not repeat by itself
        return looks.get(f"repeats/{name}")
    return looks.get(f"variation/{name}") or looks.get(f"environment/{name}")


def cell_of(cell: Cell) -> Combination:
    """Return a cell's combination."""
    return Combination(**{name: getattr(cell, name) for name in Combination.model_fields})
