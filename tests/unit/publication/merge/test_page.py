"""The page of a merge: whose each letter is, and which colour it has."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.publication.merge.model import Entry, Table
from workflows.publication.merge.page import shade, whose

LETTERS = {"seeded": "ABA", "strict": "ABA", "portable": "CCC", "unseeded": "DEF"}
"""By configuration: the letters of three machines."""


def table(**letters: str) -> Table:
    """Return a table in which machine number n has the nth letter under each configuration."""
    found = LETTERS | letters
    entries = [
        entry(machine=f"machine {number}", configuration=name, letters=[each])
        for name, row in found.items()
        for number, each in enumerate(row)
    ]
    seeded = [name for name in found if name != "unseeded"]
    return Table(
        environment="cpu", device="cpu", benchmark="toy", variation="baseline", steps=1,
        entries=entries, other=[],
        agree=[name for name in seeded if len({*found[name]}) == 1],
        part=[name for name in seeded if len({*found[name]}) > 1],
    )  # fmt: skip


def entry(**fields: Any) -> Entry:
    return Entry(**{"verdict": "identical", "reason": None, "question": "1" * 64, **fields})


def test_each_letter_is_named_with_its_machines_once_for_equal_columns() -> None:
    assert whose(table()) == [
        "whose letters, under seeded and strict: A: machine 0, machine 2; B: machine 1"
    ]


def test_columns_that_part_otherwise_have_lines_of_their_own() -> None:
    found = whose(table(strict="GHH"))
    assert [line.partition(": ")[0] for line in found] == [
        "whose letters, under seeded", "whose letters, under strict",
    ]  # fmt: skip
    assert found[1].endswith("G: machine 0; H: machine 1, machine 2")


def test_control_where_all_agree_nothing_is_told() -> None:
    assert whose(table(seeded="AAA", strict="AAA")) == []


@pytest.mark.parametrize(
    ("name", "colours"),
    [("seeded", ["identical", "alone", "identical"]), ("portable", ["identical"] * 3)],
)
def test_green_is_shared_and_amber_alone(name: str, colours: list[str]) -> None:
    found = table()
    assert [shade(found, each) for each in found.ran(name)] == colours
