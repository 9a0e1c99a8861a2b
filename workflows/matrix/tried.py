"""What was tried against a difference, and what came of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workflows.compare.difference import Difference, earliest
from workflows.compare.life import DETECTORS

SURE = 0.05
"""How likely repeats may at most agree by chance, where they are to count as a test."""


@dataclass(frozen=True)
class Tried:
    """One change, and what its runs showed.

    `way`: in words; `basis`: what the evidence is; `added`: the settings that it adds, if it is of
    settings alone; `place`: where the runs still differ, None: identical; `alone`: nothing but
    this was changed, or each of `added` was seen to be needed; `repeats`: that it rests on;
    `ruined`: why runs that agree are no cure all the same.
    """

    way: str
    basis: str
    added: frozenset[str]
    place: Difference | None
    alone: bool
    repeats: int
    ruined: str | None = None

    @property
    def cures(self) -> bool:
        """Whether the runs agree, and still train."""
        return self.place is None and self.ruined is None and not self.detects

    @property
    def detects(self) -> list[str]:
        """What it means that the runs agree, where a detector alone makes them."""
        return [text for name, text in DETECTORS.items() if name in self.added and self.alone]


def by_chance(letters: Sequence[str], repeats: int) -> str | None:
    """Say in words that so many repeats may agree by chance, by the letters of those that do not.

    Where no letter has more than half of them, nothing tells how rarely two agree: None.
    """
    most = max((letters.count(each) for each in letters), default=0)
    if 2 * most <= len(letters) or (most / len(letters)) ** repeats <= SURE:
        return None
    return f"{most} of {len(letters)} agree without it: {repeats} repeats may do so by chance"


def order(place: Difference, tried: Iterable[Tried]) -> list[str]:
    """Return which settings move the first difference later, and to where, one after the other.

    Empty where nothing moves it, or where the first step makes the runs agree.
    """
    of_settings = [each for each in tried if each.added and not each.ruined and not each.detects]
    at: Difference | None = place
    now: frozenset[str] = frozenset()
    said: list[str] = []
    while at is not None and (further := _further(now, at, of_settings)):
        best = min(further, key=lambda each: (len(each.added - now), each.place is not None))
        more = best.added - now
        names = "".join(more) if len(more) == 1 else best.way
        said.append(f"{names} cures {at}")
        now, at = best.added, best.place
    if at is None:
        return said if len(said) > 1 else []
    return [*said, f"next: {at}"] if said else []


def _further(now: frozenset[str], at: Difference, tried: Iterable[Tried]) -> list[Tried]:
    return [
        each
        for each in tried
        if now < each.added and (each.place is None or _later(each.place, at))
    ]


def _later(a: Difference, b: Difference) -> bool:
    same = (a.phase, a.step) == (b.phase, b.step)
    return not same and earliest([a, b]) == b
