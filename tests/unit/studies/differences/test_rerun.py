"""When a second look names the operator at which its two sides part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support import real, tensors
from tests.support.operators import OPERATOR, PARTED
from workflows.compare.close_look import Operator
from workflows.compare.difference import Difference
from workflows.runs.watched import PHASES
from workflows.studies.differences.rerun import Side, _operator

PLACE = Difference(phase="backward", step=3)
OTHER = OPERATOR.model_copy(update={"left": ["3"]})


def side(*recorded: Operator, lines: str = "", dense: tuple[int, ...] = (3, 4), **run: Any) -> Side:
    """Return a side whose run kept tensors, and lines about operators."""
    text = lines or "\n".join(one.model_dump_json() for one in recorded)
    more = {"operators": np.frombuffer(text.encode(), np.uint8)} if text else {}
    made = real.watched(real.run())
    asked = made.record.run.model_copy(update={"dense": [*dense], **run})
    return Side(real.change(made, run=asked), tensors.kept({**tensors.arrays(), **more}))


def strayed(one: Side) -> Side:
    """Return a side whose generator stands elsewhere since the beginning."""
    one.run.steps[:, PHASES.index("random torch")] += np.arange(len(one.run.steps), dtype=np.uint64)
    return one


def test_it_is_named_of_the_step_where_they_part() -> None:
    assert _operator(side(OPERATOR), side(OTHER), PLACE) == PARTED
    assert _operator(side(OPERATOR), side(OPERATOR), PLACE) is None, "control"


@pytest.mark.parametrize(
    ("right", "place"),
    [
        (side(OTHER), Difference(phase="backward", step=4)),
        (side(OTHER), Difference(phase="length", step=3)),
        (side(OTHER), Difference(phase="printed", line=1)),
        (side(OTHER, device="cuda"), PLACE),
        (strayed(side(OTHER)), PLACE),
        (side(), PLACE),
        (side(lines='{"fault": "KeyError: 1"}'), PLACE),
        (side(OTHER)._replace(dense=None), PLACE),
    ],
    ids=["another step", "its length", "no step", "another device", "a generator had strayed",
         "unobserved", "a fault of the recorder", "nothing was kept"],
)  # fmt: skip
def test_control_it_is_not_told_where_nothing_shows_it(right: Side, place: Difference) -> None:
    assert _operator(side(OPERATOR), right, place) is None


def test_that_a_changed_program_goes_another_way_is_not_told() -> None:
    more = OPERATOR.model_copy(update={"operator": "aten.add.Tensor"})
    found = _operator(side(OPERATOR), side(OPERATOR, more), PLACE)
    assert found is not None and found.kind == "flow", "control"
    changed = side(OPERATOR, more, variation="loader-article")
    assert _operator(side(OPERATOR), changed, PLACE) is None
    told = _operator(side(OPERATOR), side(OTHER, more, variation="threads-2"), PLACE)
    assert told == PARTED, "control"


def test_the_start_belongs_to_the_first_step() -> None:
    place = Difference(phase="initial weights", step=None)
    sides = side(OPERATOR, dense=(0, 1)), side(OTHER, dense=(0, 1))
    assert _operator(*sides, place) == PARTED
