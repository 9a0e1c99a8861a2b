"""The answer in one line, and its tiles: only what ran is counted, only what was varied claimed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import finished
from workflows.experiment.catalogue import Variation
from workflows.experiment.resolve import own
from workflows.matrix.model import Matrix
from workflows.report.answer import Tile, answer, tiles

SETTINGS = own(finished.planned().experiment.configurations, "configurations", finished.CATALOGUE)


@pytest.fixture
def matrix() -> Matrix:
    return finished.judged()


def changed(matrix: Matrix, configuration: str | None = None, **fields: Any) -> Matrix:
    """Return the matrix with other fields in one configuration's cells, or in all."""
    cells = [
        cell.model_copy(update=fields) if configuration in (None, cell.configuration) else cell
        for cell in matrix.cells
    ]
    return matrix.model_copy(update={"cells": cells})


def said(matrix: Matrix) -> str:
    found = answer(matrix, SETTINGS)
    return f"{found.word} {found.rest}"


def tile(matrix: Matrix, label: str, variations: dict[str, Variation] | None = None) -> Tile | None:
    found = [t for t in tiles(matrix, SETTINGS, variations or {}) if label in t.label]
    return found[0] if found else None


def test_yes_where_every_seeded_cell_is_identical(matrix: Matrix) -> None:
    assert said(matrix) == "Yes on this CPU: the toy, 2 of 2 seeded cells identical in every bit."
    assert tile(matrix, "seeded") == Tile(
        "2 of 2", "seeded cells identical", "3 runs each", "identical"
    )


@pytest.mark.parametrize("verdict", ["differs", "prints-alike"])
def test_one_seeded_cell_that_parts_is_no_yes(matrix: Matrix, verdict: str) -> None:
    found = changed(matrix, "seeded", verdict=verdict)
    assert said(found) == (
        "In part on this CPU: the toy, 1 of 2 seeded cells identical in every bit. "
        "Everywhere so under “strict”."
    )
    assert said(changed(matrix, verdict=verdict)) == (
        "No on this CPU: the toy, 0 of 2 seeded cells identical."
    )
    counted = tile(found, "seeded")
    assert counted is not None and (counted.value, counted.tone) == ("1 of 2", "prints-alike")


def test_what_failed_or_never_ran_is_no_answer(matrix: Matrix) -> None:
    assert said(changed(matrix, "strict", verdict="failed")).startswith("In part on this CPU")
    assert said(changed(matrix, verdict="failed")).startswith("No answer on this CPU")
    assert said(changed(matrix, verdict="not-run")).startswith("No answer no seeded")
    assert tile(changed(matrix, verdict="not-run"), "seeded") is None


def test_two_devices_are_two_answers(matrix: Matrix) -> None:
    there = [c.model_copy(update={"device": "cuda", "verdict": "differs"}) for c in matrix.cells]
    both = matrix.model_copy(update={"cells": [*matrix.cells, *there]})
    assert said(both).startswith("Yes on this CPU: ")
    assert "No, on this GPU: the toy, 0 of 2" in said(both)
    assert answer(both, SETTINGS).tone == "prints-alike"


def test_controls_stand_before_everything(matrix: Matrix) -> None:
    invalid = matrix.model_copy(update={"validity": "invalid"})
    assert said(invalid).startswith("Nothing can be concluded")
    unproven = matrix.model_copy(update={"validity": "unproven"})
    assert said(unproven).endswith("Unproven: no flipped bit was caught.")
    found = tile(matrix, "controls")
    assert found is not None and found.value == "1 of 1" and found.note.startswith("all that could")
    missed = [c.model_copy(update={"outcome": "missed"}) for c in matrix.controls]
    found = tile(invalid.model_copy(update={"controls": missed}), "controls")
    assert found is not None and found.value.startswith("0 of") and found.tone == "failed"


def test_environments_that_agree_or_not(matrix: Matrix) -> None:
    def beside(letter: str) -> Tile | None:
        other = [
            c.model_copy(update={"environment": "cuda", "classes": [letter] * 3})
            for c in matrix.cells
        ]
        return tile(matrix.model_copy(update={"cells": [*matrix.cells, *other]}), "environments")

    assert tile(matrix, "environments") is None, "one environment: nothing to agree with"
    alike, apart = beside("A"), beside("Z")
    assert alike is not None and (alike.value, alike.tone) == ("2 of 2", "identical")
    assert apart is not None and (apart.value, apart.tone) == ("0 of 2", "differs")


def test_across_processors_only_what_was_varied_is_claimed(matrix: Matrix) -> None:
    by_name = {cell.configuration: cell for cell in matrix.cells}
    varied = {"cpu-x": Variation(cpu="Haswell")}

    def across(**answers: str) -> Tile | None:
        found = [finished.kept(by_name[name], each) for name, each in answers.items()]
        return tile(matrix.model_copy(update={"kept": found}), "instruction sets", varied)

    assert across() is None and across(seeded="not-run") is None and across(seeded="open") is None
    both = across(seeded="lost", strict="kept")
    assert both is not None and (both.value, both.note) == ("only strict", "seeded does not")
    one = across(strict="kept")
    assert one is not None and (one.value, one.note) == ("strict", "all of those tried")
    none = across(seeded="lost")
    assert none is not None and (none.value, none.tone) == ("none", "differs")
