"""Seeds and orders of two runs: only where they are others is one named, and once."""

from __future__ import annotations

from typing import Any

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


def test_an_order_and_a_seed_of_one_line_are_two_things() -> None:
    sides = [[*came(one), source(f"f(x) [{one}]")] for one in "ab"]
    assert [one.kind for one in held(*sides)] == ["race", "entropy"]
