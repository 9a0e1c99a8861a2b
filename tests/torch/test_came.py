"""What came at a line: the digests of an order, and when a line tells no more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.harness.came import Came, content_of

LINE = ("box.get()", "a.py:3 in f")


def said(values: Iterable[Any], *by: str) -> list[str]:
    """Return the digests that are noted of values; `by`: who brings them, in turn."""
    noted: list[str] = []
    came = Came(lambda _kind, what, _place: noted.append(what.rpartition(" [")[2]))
    for number, value in enumerate(values):
        came.value(LINE, value, by[number % len(by)] if by else "")
    came.end()
    return noted


@pytest.mark.parametrize(
    ("values", "digests"),
    [
        (range(5), 2),  # of the first four, and of all
        (range(4), 2),
        (range(2), 1),
        ([0], 0),
        ([0, 1, 2, 3, 0, 5, 6, 7], 2),
        ([0, 1, 2, 0, 4, 5], 0),  # so few may have come so by chance
        ([0, 1, 2, 3, object(), 5], 2),
        ([object(), 1, 2, 3, 4], 0),
        ([True, False], 0),
    ],
)
def test_a_line_is_closed_by_what_came_before_or_is_not_known(
    values: Iterable[Any], digests: int
) -> None:
    assert len(said(values)) == digests


def test_of_one_alone_the_order_is_its_own() -> None:
    assert said(range(5), "one") == [] != said(range(5), "one", "another")


def test_a_digest_tells_the_order_and_another_the_values() -> None:
    (one,), (other,), (others,) = map(said, ([0, 1, 2], [2, 0, 1], [0, 1, 9]))
    orders, values = zip(
        *(each.rstrip("]").split("/") for each in (one, other, others)), strict=True
    )
    assert len({*orders}) == 3 and values[0] == values[1] != values[2]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        ("1", 1),
        ((1, 2), (2, 1)),
        ({"a": 1}, {"a": 2}),
        (np.float32(1), np.float64(1)),
        (None, 0),
        (np.zeros(2), np.zeros((1, 2))),
        (np.arange(9), np.arange(9)[::-1]),
        (torch.zeros(3), -torch.zeros(3)),
        ([torch.ones(2, requires_grad=True)], [torch.ones(2)]),
    ],
)
def test_values_are_the_same_by_their_bits(one: Any, other: Any) -> None:
    """Of the last pair the content is the same: what autograd knows of a tensor is no bit of it."""
    assert content_of(one) is not None and content_of(one) == content_of(one)
    assert (content_of(one) == content_of(other)) is isinstance(one, list)


@pytest.mark.parametrize(
    "value",
    [
        object(),
        True,
        np.bool_(True),
        {1, 2},
        np.array([None]),
        np.ma.array([1]),
        torch.zeros(2).to_sparse(),
        torch.empty(2, device="meta"),
        [[[[[1]]]]],
        (1, print),
    ],
)
def test_what_is_not_known_has_no_content(value: Any) -> None:
    assert content_of(value) is None


def test_no_code_of_the_programs_own_is_called() -> None:
    class Counted(int):
        def __repr__(self) -> str:
            raise AssertionError

    assert content_of(Counted(3)) is None
