"""What the operator at which runs part says of the settings that are tried."""

from __future__ import annotations

import pytest

from tests.support.operators import PARTED
from workflows.runs.watched import Source
from workflows.studies.cures.likely import OPERATORS, guided

NAMES = ["hash-seed", "memory-fill", "one-thread", "entropy-seeded", "torch-seed"]
ENTROPY = Source(kind="entropy", what="default_rng()", place="a.py:3 in f", step=0, count=1)


def test_settings_of_operators_come_first_where_one_was_given_equal_bits() -> None:
    found = guided(NAMES, PARTED, [])
    assert found[: len(OPERATORS)] == [*OPERATORS]
    assert {*NAMES} <= {*found} and len(found) == len({*found}), "each once"


def test_nothing_that_moves_memory_is_tried_where_it_was_unwritten() -> None:
    unwritten = PARTED.model_copy(update={"kind": "unwritten"})
    assert guided(NAMES, unwritten, []) == guided(NAMES, unwritten, None) == []
    assert guided(NAMES, unwritten, [ENTROPY]) == ["entropy-seeded", "torch-seed"]


@pytest.mark.parametrize("kind", ["draw", "asked", "elsewhere", "flow", None])
def test_control_no_other_operator_changes_their_order(kind: str | None) -> None:
    operator = PARTED.model_copy(update={"kind": kind}) if kind else None
    assert guided(NAMES, operator, [ENTROPY]) == NAMES
