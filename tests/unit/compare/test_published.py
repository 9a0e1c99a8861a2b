"""Agreement with the published numbers."""

from __future__ import annotations

import pytest

from workflows.compare.published import agreement
from workflows.experiment.catalogue import Catalogue, Published

TOY = Published(seed=3, lines=["99 10.655608177185059", "199 3.6195263862609863"])


def test_todays_cpu_agrees_to_more_than_five_digits() -> None:
    found = agreement(["99 10.655598640441895", "199 3.619528293609619"], TOY)
    assert found is not None
    assert (found.lines, found.equal) == (2, 0)
    assert found.digits == pytest.approx(6.05, abs=0.01)
    assert found.largest_difference == pytest.approx(9.54e-6, rel=1e-3)


def test_the_worst_line_counts() -> None:
    found = agreement(["99 10.655608177185059", "199 3.7"], TOY)
    assert found is not None and found.equal == 1
    assert found.digits == pytest.approx(1.65, abs=0.01)


def test_equal_lines_have_no_limit() -> None:
    found = agreement(TOY.lines, TOY)
    assert found is not None
    assert (found.equal, found.digits, found.largest_difference) == (2, None, 0.0)


def test_a_published_zero_does_not_break_the_count() -> None:
    found = agreement(["1 0.001"], Published(seed=3, lines=["1 0.000"]))
    assert found is not None and found.digits == 0.0


@pytest.mark.parametrize(
    "printed", [[], ["hello"], ["100 10.655608177185059"], ["99 nan"], ["99 inf"]]
)
def test_what_cannot_be_compared_is_not(printed: list[str]) -> None:
    assert agreement(printed, TOY) is None


def test_published_lines_of_the_benchmarks_agree_with_themselves() -> None:
    for benchmark in Catalogue.read().benchmarks.values():
        if benchmark.published:
            found = agreement(benchmark.published.lines, benchmark.published)
            assert found is not None and found.equal == len(benchmark.published.lines)
