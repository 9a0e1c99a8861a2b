"""What becomes of a difference, in numbers that can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.support import real
from workflows.publication.traces import Reference
from workflows.publication.verify.aftermath import apart, losses, prints

ONE = float(np.float32(1.1))
NEXT = float(np.nextafter(np.float32(1.1), np.float32(2)))


def test_losses_are_apart_in_ulp_where_both_were_float32() -> None:
    assert apart(ONE, NEXT) == "1e-07 (1 ULP)"
    assert apart(1.1, 1.1 + 2**-50) == "8e-16", "float64: no ULP of float32"
    assert apart(1.5, 1.75) == "0.1", "any type may hold these: no ULP"
    assert apart(float("nan"), ONE) == "nan against 1.1,"
    assert apart(0.0, -0.0) == "0"


def test_the_first_unequal_loss_and_the_last() -> None:
    run = real.run()
    published = Reference(np.arange(100, dtype=np.int64), run)
    assert losses(published, run) == ["every loss equal"], "control"
    other = run.losses.copy()
    other[7:] *= 1 + 1e-3
    found = losses(published, replace(run, losses=other))
    assert found == ["loss 0.001 apart at step 7", "0.001 at step 99"]
    lone = run.losses.copy()
    lone[7] *= 2
    assert losses(published, replace(run, losses=lone))[1] == "equal again at step 99"


@pytest.mark.parametrize(
    ("theirs", "ours", "words"),
    [
        (["9 1.5"], ["9 1.5"], "one printed line equal"),
        (["9 1.0000", "9 2"], ["9 1.0001", "9 2"], "prints agree to four digits (two lines)"),
        (["9 1.0"], ["9 7.0"], "prints agree to no digits (one line)"),
        (["epoch one", "9 1"], ["epoch two", "9 1"], "1 of 2 printed lines equal"),
        ([], ["9 1"], "nothing printed to compare"),
    ],
)
def test_printed_lines(theirs: list[str], ours: list[str], words: str) -> None:
    assert prints(theirs, ours) == words
