"""What a search has measured of a refused cell is a note; what one change makes beyond another."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import real
from tests.support.experience import EQUAL, named, world
from tests.unit.matrix.test_explain import outcome, searched
from workflows.matrix.attempts import beyond
from workflows.matrix.explain import of_cells
from workflows.matrix.show import remarks
from workflows.runs.record import Run
from workflows.studies.cures.result import Warned


def test_what_is_refused_is_noted_with_what_it_does_in_spite_of_it() -> None:
    refused = [real.change(run, status="refused", reason="put_ …") for run in EQUAL]
    search = searched().model_copy(
        update={"warned": Warned(refused=["put_"], found=outcome("identical"), operators=[])}
    )

    def noted(*groups: list[Run]) -> list[list[str]]:
        return [each.notes for each in of_cells(world(*groups, searches=[search]), {})]

    line = "refused by put_; with warnings only: 3 of 3 identical"
    assert noted(named(refused, "seeded"), named(refused, "strict")) == [[line], []]
    [cell] = of_cells(world(named(refused, "seeded"), searches=[search]), {})
    assert (cell.verdict, cell.cause, remarks(cell)) == ("refused", None, [line])
    assert not any("warnings" in note for note in noted(named(EQUAL, "seeded"))[0]), "control"
    assert noted(named(refused[:2], "seeded")) == [[]], "control: of other repeats"


@pytest.mark.parametrize(
    ("change", "other", "more"),
    [
        ({}, {"threads": 2}, {"threads": 2}),
        ({"options": {"a": 1}}, {"options": {"a": 1, "b": [2]}}, {"options": {"b": [2]}}),
        ({"resume": 5}, {"resume": 5, "options": {"b": 2}}, {"options": {"b": 2}}),
        ({"settings": ["x"]}, {"settings": ["x", "y"]}, {"settings": ["y"]}),
        ({"options": {"a": 1}}, {"options": {"a": 1}}, {}),
        ({"options": {"a": 1}}, {"options": {"a": 2}}, None),
        ({"options": {"a": 1}}, {"options": {"b": 1}}, None),
        ({"threads": 2}, {"options": {"b": 1}}, None),
    ],
)
def test_what_one_change_makes_beyond_another(change: Any, other: Any, more: Any) -> None:
    assert beyond(change, other) == more
