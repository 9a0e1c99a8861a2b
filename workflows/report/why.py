"""Why runs differ, as a table: change, configuration → place → cure. Pure.

What is alike stands in one row: under several configurations, then after several changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from workflows.compare.difference import Difference
from workflows.experiment.catalogue import Variation, change_in_words
from workflows.experiment.specification import Combination
from workflows.matrix.cause import Cause
from workflows.matrix.cells import Cell
from workflows.matrix.model import Matrix
from workflows.matrix.symptom import where
from workflows.matrix.tables import place
from workflows.matrix.variations import Kept
from workflows.report.conclusion import joined

REPEATED = "nothing: runs repeated"
STRENGTHS = {
    "tested": "the change was made by itself, and the runs then agreed or parted",
    "one change": "all else was equal, no cure was tried by itself",
    "observed": "a source outside the seeds was seen, or the operator itself; no cure was found",
    "correlation": "several things differ at once, or chance may do it",
    "unknown": "nothing that was tried makes the runs agree",
}
"""What the evidence of a cause means (`workflows/matrix/cause.py`), the strongest first."""


class Why(NamedTuple):
    """One row; of a change its name and what it is in words."""

    changes: dict[str, str]
    configurations: list[str]
    benchmarks: list[str]
    places: list[str]
    difference: str
    seen: str
    cure: str
    evidence: str


class _Told(NamedTuple):
    change: tuple[str, str]
    at: Combination
    difference: str
    seen: str
    cure: str
    evidence: str


def whys(matrix: Matrix, variations: Mapping[str, Variation]) -> list[Why]:
    """Return the rows; `variations` as the experiment has them."""
    told = list(_told(matrix, variations))
    rows: dict[tuple[object, ...], list[_Told]] = {}
    for each in told:  # the configurations of one change
        key = (each.change, each.at.benchmark, each.at.environment, each.at.device, *each[2:])
        rows.setdefault(key, []).append(each)
    alike: dict[tuple[object, ...], list[_Told]] = {}
    for (_, benchmark, *_place), found in rows.items():  # changes and places of one story
        names = tuple(each.at.configuration for each in found)
        alike.setdefault((benchmark, names, *found[0][2:]), []).extend(found)
    return [_row(found) for found in alike.values()]


def _row(found: list[_Told]) -> Why:
    def distinct(name: str) -> list[str]:
        return list(dict.fromkeys(getattr(each.at, name) for each in found))

    places = dict.fromkeys(place(each.at.environment, each.at.device) for each in found)
    return Why(
        dict(each.change for each in found), distinct("configuration"), distinct("benchmark"),
        [*places], *found[0][2:],
    )  # fmt: skip


def _told(matrix: Matrix, variations: Mapping[str, Variation]) -> Iterator[_Told]:
    for cell in matrix.cells:
        if cell.cause:
            yield _of((REPEATED, ""), _combination(cell), cell.first_difference, cell.cause)
    for kept in matrix.kept:
        if kept.cause:
            change = (kept.variation, _in_words(kept, variations))
            yield _of(change, kept.baseline, kept.first_difference, kept.cause)


def _combination(cell: Cell) -> Combination:
    return Combination(**{name: getattr(cell, name) for name in Combination.model_fields})


def _of(
    change: tuple[str, str], at: Combination, difference: Difference | None, cause: Cause
) -> _Told:
    shown = where(difference) if difference else ""
    # Change and place have columns of their own; what else was seen stands after them.
    _, found, rest = cause.what.partition(f"first in {shown}") if shown else ("", "", "")
    seen = rest.removeprefix("; ") if found else cause.what
    seen = seen.removeprefix(f"{change[1]} gives other bits, ")
    cure = joined(cause.cure, "or") if cause.cure else "none known"
    said = "; ".join(filter(None, [seen, *cause.remarks]))
    return _Told(change, at, shown.removeprefix("the "), said, cure, cause.evidence)


def _in_words(kept: Kept, variations: Mapping[str, Variation]) -> str:
    """Return what a variation changes; of another environment, its packages."""
    if kept.variation in variations:
        made = variations[kept.variation].model_dump(exclude_defaults=True)
        return change_in_words(made)
    return kept.cause.what.partition(": first in")[0] if kept.cause else ""
