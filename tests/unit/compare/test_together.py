"""Seeds and orders of two runs: only where they are others is one named, and once."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.compare.together import TOLD, held
from workflows.runs.watched import Source

TORCH = "torch.manual_seed(seed)"
ANOTHER, REORDERED = TOLD["seed"][1], TOLD["order"][1]


def source(what: str, kind: Any = "seed", place: str = "a.py:3 in f", step: int = -1) -> Source:
    return Source(kind=kind, what=what, place=place, step=step, count=1)


def test_another_seed_is_a_source_of_entropy() -> None:
    drawn = source("PyTorch's generator: x", "draw", "a.py:9 in f")
    found = held([source(f"{TORCH} [1f]"), drawn], [source(f"{TORCH} [2e]"), drawn])
    assert found == [drawn, source(f"{TORCH}{ANOTHER}", "entropy")]


def test_control_the_same_seed_is_none() -> None:
    assert held([source(f"{TORCH} [1f]")], [source(f"{TORCH} [1f]")]) == []


def test_what_one_side_alone_seeds_is_not_held_against_nothing() -> None:
    assert held([source(f"{TORCH} [1f]")], []) == []


def test_of_a_line_that_seeds_several_each_is_held_against_its_own() -> None:
    left = [source(f"seed_all() [{each}]") for each in ("1a", "2a")]
    right = [source(f"seed_all() [{each}]") for each in ("1a", "2b")]
    assert [each.what for each in held(left, right)] == [f"seed_all(){ANOTHER}"]


def test_a_line_whose_seed_is_known_to_come_from_outside_is_named_once() -> None:
    known = source("torch.manual_seed(<from the clock>)", "entropy")
    assert held([source(f"{TORCH} [1f]"), known], [source(f"{TORCH} [2e]"), known]) == [known]


def came(*digests: str) -> list[Source]:
    """Return the order at a line, of which a digest is noted at steps 1, 2, 3, …"""
    return [source(f"f(x) [{one}]", "order", step=step) for step, one in enumerate(digests, 1)]


def test_another_order_is_a_race_since_it_was_last_seen_to_be_the_same() -> None:
    [found] = held(came("a", "b", "c", "d"), came("a", "b", "x", "y"))
    assert (found.kind, found.what, found.step) == ("race", f"f(x){REORDERED}", 2)
    [found] = held(came("a", "b"), came("x", "b"))
    assert found.step == 1, "from the first on"


def test_control_the_same_order_is_none_though_one_run_went_on() -> None:
    assert held(came("a", "b", "c"), came("a", "b")) == []


@pytest.mark.parametrize(
    ("left", "right", "told"),
    [
        (("a/x", "c/y"), ("b/z", "d/y"), True),  # the first two were others, the four the same
        (("a/x", "c/y"), ("d/y",), True),  # one thread alone brought the first two there
        (("a/x", "c/y"), ("a/x", "c/y"), False),
        (("a/x", "c/y"), ("b/z", "d/w"), False),  # other values came
    ],
)
def test_values_tell_an_order_only_where_the_same_ones_came(
    left: tuple[str, ...], right: tuple[str, ...], told: bool
) -> None:
    assert bool(held(came(*left), came(*right))) is told


def test_an_order_and_a_seed_of_one_line_are_two_things() -> None:
    sides = [[*came(one), source(f"f(x) [{one}]")] for one in "ab"]
    assert [one.kind for one in held(*sides)] == ["race", "entropy"]


def drew(*digests: str, of: str = "PyTorch's", begin: int = 1) -> list[Source]:
    """Return what lines that draw leave: the draw, and where the generator stands after it."""
    return [
        source(what, kind, f"a.py:{line} in f")
        for line, digest in enumerate(digests, begin)
        for kind, what in (
            ("draw", f"{of} generator: x{line}"),
            ("stand", f"{of} generator: x{line} [{digest}]"),
        )
    ]


@pytest.mark.parametrize(
    ("left", "right", "kept"),
    [
        (drew("a", "b", "c"), drew("a", "b", "c"), [1, 2, 3]),
        (drew("a", "b", "c"), drew("a", "x", "y"), [2, 3]),
        (drew("a", "b", "c"), drew("x", "y", "z"), [1, 2, 3]),
        (drew("a", "b", "c"), drew("a", "x", "c"), [1, 2, 3]),  # seeded anew: it may part again
        (drew("a", begin=2), drew("x", "a"), [1, 2]),  # the same, where one side alone drew before
        (drew("a"), drew("a", "b"), [2]),
        (drew("a", "b"), drew("a"), [2]),
    ],
)
def test_draws_before_a_generator_parts_are_left_out(
    left: list[Source], right: list[Source], kept: list[int]
) -> None:
    found = held(left, right)
    assert {one.kind for one in found} == {"draw"}, "never where it stood"
    assert sorted(int(one.place[5]) for one in found) == kept


def test_control_another_generators_draws_stay() -> None:
    other = drew("a", of="NumPy's", begin=5)
    left, right = [*other, *drew("a", "b")], [*other, *drew("a", "x")]
    assert [one.place for one in held(left, right)] == ["a.py:5 in f", "a.py:2 in f"]
