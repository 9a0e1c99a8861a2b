"""Of several processes the one whose difference comes first is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support import real
from workflows.check.judged import first, of_process, seen
from workflows.check.record import Commanded
from workflows.compare.difference import Difference, first_difference
from workflows.runs.record import Run
from workflows.runs.watched import PHASES

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


def place(*runs: Run) -> Difference | None:
    """Return where two runs of a command of one process first differ."""
    unread: Any = None
    a, b = of_process([Commanded(unread, [run]) for run in runs], 0)
    return first_difference(a, b)


@pytest.mark.parametrize("phase", ["weights", "state"])
def test_what_follows_the_last_step_is_not_seen_and_no_difference_to_a_longer_run(
    phase: str,
) -> None:
    whole, column = real.watched(real.run()), PHASES.index(phase)
    short = whole.rows(slice(50))
    length = Difference(phase="length", step=50, left="100 steps", right="50 steps")
    assert place(whole, real.flip_step(short, 49, column)) == length
    assert place(whole, real.flip_step(short, 48, column)) == Difference(phase=phase, step=48)
    assert place(whole, real.flip_step(short, 49, PHASES.index("gradients"))) == Difference(
        phase="gradients", step=49
    )
    assert place(whole, whole) is None, "control"
    last = real.flip_step(whole, 99, column)
    assert place(whole, last) == Difference(phase=phase, step=99), "of equal lengths it is one"


@pytest.mark.parametrize("batch", [True, False])
def test_what_a_step_was_given_is_known_where_a_batch_was_watched(batch: bool) -> None:
    """`around` knows of a command's batches what its phases say; others always have them."""
    whole = real.watched(real.run())
    columns = [name for name in PHASES if batch or name != "batch"]
    steps = whole.steps[:, [PHASES.index(name) for name in columns]]
    one = replace(real.change(whole, trace={"phases": columns}), steps=steps)
    other = real.flip_step(one, 9, columns.index("backward"))
    at = first_difference(one, other)
    assert at is not None and seen(one, other, at).given is batch
