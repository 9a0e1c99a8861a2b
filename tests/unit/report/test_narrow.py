"""A table never has a line longer than its width, and says all verdicts in any width."""

from __future__ import annotations

import re

import pytest

from tests.support.finished import judged, kept
from workflows.matrix.cells import Cell
from workflows.matrix.tables import MARKS, VerdictTable
from workflows.report.narrow import changed, coloured, narrow


def table(environments: int = 1) -> VerdictTable:
    cells: list[Cell] = [cell for cell in judged().cells if cell.variation == "baseline"]
    names = ["cpu", "cuda", *(f"release-{number}" for number in range(9))][:environments]
    return VerdictTable.of(
        [cell.model_copy(update={"environment": name}) for name in names for cell in cells]
    )


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
@pytest.mark.parametrize("environments", [1, 2, 5, 11])
def test_no_line_is_longer_than_the_width(environments: int, width: int) -> None:
    said = narrow(table(environments), width)
    assert max(map(len, said.splitlines())) <= width


@pytest.mark.parametrize("environments", [1, 2, 5, 11])
def test_in_80_columns_every_verdict_and_difference_is_said(environments: int) -> None:
    said = narrow(table(environments), 80)
    found = [c for row in table(environments).rows for c in row.cells if c]
    for verdict in {cell.verdict for cell in found}:
        expected = sum(cell.verdict == verdict for cell in found)
        assert len(re.findall(rf"│ {verdict} ", said)) == expected
    assert said.count("initial weights (0.weight)") == 1


def test_where_there_is_room_the_difference_stands_beside_its_verdict() -> None:
    assert "│ first difference " in narrow(table(), 80)
    assert "unseeded first differs in: initial weights (0.weight)" in narrow(table(2), 72)
    assert re.search(r"│ CPU build +│ CUDA build +│", narrow(table(2), 80))


def test_a_verdict_has_its_symbol_and_its_colour_where_they_are_asked_for() -> None:
    plain, marked = narrow(table(), 80), narrow(table(), 80, marked=True)
    assert coloured(plain) == plain, "without symbols there is nothing to colour"
    assert "│ = identical A " in marked and "│ ≠ differs " in marked
    assert "\x1b[32m= identical\x1b[0m A" in coloured(marked)
    assert re.sub(r"\x1b\[\d+m", "", coloured(marked)) == marked
    assert len({len(line) for line in marked.splitlines()[2:]}) == 1, "its borders stand in line"
    assert not any(mark in plain for mark in MARKS.values())


def test_a_line_a_configuration_says_what_keeps_its_letter() -> None:
    cell, other = (each for each in judged().cells if each.configuration in ("seeded", "strict"))
    away = cell.model_copy(update={"environment": "cuda"})
    found = [
        kept(cell, "kept", "a"), kept(away, "kept", "a"), kept(cell, "kept", "b"),
        kept(away, "lost", "b"), kept(cell, "kept", "c", reason="the change did not reach the run"),
        *(kept(other, "kept", f"v{number}") for number in range(7)),
    ]  # fmt: skip
    assert list(changed(found)) == [
        "seeded: keeps its letter under a; overrides c; loses its letter under b",
        "strict: keeps its letter under 7 variations",
    ]
