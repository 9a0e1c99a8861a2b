"""What a loader gave is taken apart to all that it stores, or is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import torch

from benchmarks.harness.unchanged.contents import plain


class Slotted:
    __slots__ = ("rows",)

    def __init__(self, rows: Any) -> None:
        self.rows = rows


class Both(Slotted):
    """Has slots and, as its class declares none, a dict beside them."""

    def __init__(self, rows: Any) -> None:
        super().__init__(rows)
        self.label = 1


@dataclass
class Described:
    label: int

    def __post_init__(self) -> None:
        self.rows = torch.full((2,), self.label)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (Slotted(torch.ones(2)), {"rows"}),
        (Both(torch.ones(2)), {"rows", "label"}),
        (Described(1), {"rows", "label"}),
        ({"rows": torch.ones(2)}, {"rows"}),
    ],
    ids=["slots", "slots beside a dict", "a dataclass with more", "a dict"],
)
def test_all_that_an_object_stores_is_read(value: Any, names: set[str]) -> None:
    unread: set[str] = set()
    found = plain(value, unread)
    assert set(found) == names and unread == set()
    assert torch.equal(found["rows"], torch.ones(2))


def test_what_stores_nothing_that_can_be_read_is_named() -> None:
    unread: set[str] = set()
    assert plain([object()], unread) == ["object"]
    assert unread == {"objects of the type object in its batches"}
