"""Seeds of two runs: only where they are others is one named, and once."""

from __future__ import annotations

from typing import Any

from workflows.compare.seeds import ANOTHER, held
from workflows.runs.watched import Source

TORCH = "torch.manual_seed(seed)"


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
