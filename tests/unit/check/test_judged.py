"""Of several processes the one whose difference comes first is named."""

from __future__ import annotations

import pytest

from workflows.check.judged import first
from workflows.compare.difference import Difference

LENGTH = Difference(phase="length", left="6 steps", right="9 steps")
START = Difference(phase="initial weights", tensor="w")
PRINTED = Difference(phase="printed", step=1)


def loss(step: int) -> Difference:
    return Difference(phase="loss", step=step)


@pytest.mark.parametrize(
    ("names", "places", "index"),
    [
        (["train.py", "train.py 2"], [LENGTH, START], 0),
        (["train.py", "train.py 2", "train.py 3"], [None, loss(3), START], 1),
        (["train.py", "train.py 2"], [None, START], 1),
        (["train.py", "train.py 2"], [PRINTED, loss(3)], 1),
        (["a.py", "b.py"], [loss(3), START], 1),
        (["t.py rank 0", "t.py rank 1"], [loss(3), loss(2)], 1),
        (["t.py rank 0", "t.py rank 1"], [loss(2), loss(2)], 0),
        (["train.py"], [None], 0),
        ([], [PRINTED], 0),
    ],
)
def test_a_program_started_again_parts_after_what_it_left(
    names: list[str], places: list[Difference | None], index: int
) -> None:
    assert first(names, places) == index
