"""First differences for the page: both values, and a size only where it means something."""

from __future__ import annotations

import pytest

from workflows.compare.close_look import Closer, Distance, Growth, Located, Rerun
from workflows.compare.difference import Difference, Phase
from workflows.report.closely import apart, looks, told, values

SIZE = Distance(elements=4, differing=2, ulp=3, relative=1e-7)
PAIR = (0.12345678, 0.1234568)


def look(phase: Phase = "gradients", size: Distance | None = SIZE, step: int | None = 0) -> Closer:
    place = Difference(phase=phase, step=step, tensor="w")
    return Closer(
        left="cpu/cpu/toy/seeded/baseline/0", right="cuda/cpu/toy/seeded/isa-avx2/0",
        difference=place, losses=[Growth(later=n, step=n, loss=SIZE) for n in (0, 1, 10)],
        located=Located(place=place, size=size, values=PAIR, differing=1, tensors=1),
        rerun=Rerun(outcome="shown again at the same place"),
    )  # fmt: skip


def test_a_pair_that_differs() -> None:
    [row], others = looks({"variation/cpu/cpu/toy/seeded/isa-avx2": look()})
    assert (row.compared, row.configuration, row.benchmark) == ("isa-avx2", "seeded", "toy")
    assert row.difference == "gradients of w at step 0" and row.place == "CPU build on CPU"
    assert row.values == "0.12345678 and 0.1234568"
    assert row.apart == "3 ULP, 1.0e-07 relative, 2 of 4 elements"
    assert row.later.split() == ["+1", "1e-07,", "+10", "1e-07"] and row.seen == "yes, there"
    assert others == []


def test_what_the_sides_are() -> None:
    [row], _ = looks({"repeats/cpu/cpu/toy/seeded/isa-avx2": look()})
    assert row.compared == "repeats, isa-avx2"
    plain = look().model_copy(update={"right": "cpu/cpu/toy/seeded/baseline/1"})
    [row], _ = looks({"repeats/cpu/cpu/toy/seeded/baseline": plain})
    assert row.compared == "repeats"
    [row], _ = looks({"environment/cuda/cpu/toy/seeded": look()})
    assert row.compared == "environment cuda"


@pytest.mark.parametrize("phase", ["initial weights", "batch"])
def test_unrelated_numbers_have_no_ulp(phase: Phase) -> None:
    far = SIZE.model_copy(update={"ulp": 2130547269, "relative": 2.0})
    drawn = look(phase, far)
    assert apart(drawn) == "other numbers altogether, 2 of 4 elements"
    assert looks({"repeats/x": drawn})[0][0].later == ""
    assert "2130547269 ULP" in apart(look("gradients", far)), "control: these are of one story"
    assert "3 ULP" in apart(look(phase)), "control: drawn alike, computed otherwise"


@pytest.mark.parametrize(
    ("pair", "shown"),
    [
        ((1.0, 2.0), ("1", "2")),
        ((0.123456781, 0.123456782), ("0.123456781", "0.123456782")),
        ((1.0, 1.0 + 2**-52), ("1", "1.0000000000000002")),
        ((0.0, -0.0), ("0", "-0")),
    ],
)
def test_values_have_the_digits_that_tell_them_apart(
    pair: tuple[float, float], shown: tuple[str, str]
) -> None:
    assert told(*pair) == shown


def test_without_tensors_what_was_printed_is_shown() -> None:
    place = Difference(phase="printed", line=1, left="a", right="b")
    plain = look().model_copy(update={"located": None, "difference": place})
    assert values(plain) == "'a' against 'b'" and apart(plain) == ""


def test_looks_that_show_nothing_are_one_line() -> None:
    none = Closer(left="cpu/cuda/toy/seeded/baseline/0", right=None, difference=None,
                  reason="cpu/cuda/toy/seeded/baseline/0: no NVIDIA driver")  # fmt: skip
    shown, others = looks({"a": none, "b": none, "repeats/c": look()})
    assert len(shown) == 1 and others == ["not looked at: 2 of 3: no NVIDIA driver"]
