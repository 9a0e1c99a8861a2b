"""The ablation: which settings keep runs identical, and the fewest that do. Pure; asks an oracle.

First the tests that the table shows: all settings, none, each alone, each removed. Then the
smallest sets, by increasing size while that takes few tests, else by delta debugging. Last, a
search for ways that share no whole set with the ones found; when there is none, the ways found
are all that there are, given monotonicity (see `knowledge`). Each way is confirmed with fresh
repeats; where these do not agree the search goes on, knowing it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from workflows.studies.ablation.knowledge import Knowledge, NotMonotoneError, Settings
from workflows.studies.ablation.result import Method

BUDGET = 48
"""How many tests beyond the table's are spent on the smallest sets, and again on other ways."""


@dataclass(frozen=True)
class Found:
    """What the search came to.

    `smallest`: sets of the least size found, all confirmed; `method`: `exact` where every
    smaller set, and every other one of this size, was tested or ruled out, `1-minimal` where
    only the sets with one setting fewer were; `larger`: further ways, none containing another;
    `complete`: no way exists that contains none of these, given monotonicity; `stopped`: why
    there is nothing to search.
    """

    smallest: list[Settings]
    method: Method
    larger: list[Settings]
    complete: bool
    stopped: str | None = None


def search(known: Knowledge, budget: int = BUDGET) -> Found:
    """Carry out the ablation of all of `known.full`; `known` then holds every outcome."""
    try:
        return _search(known, budget)
    except NotMonotoneError:
        return _search(known, budget)  # no outcome is lost, and nothing is ruled out any more


def _search(known: Knowledge, budget: int) -> Found:
    full = frozenset(known.full)
    singles = [frozenset({name}) for name in known.full]
    table = [full, frozenset(), *singles, *(known.without(name) for name in known.full)]
    for each in table if known.test(full).holds else []:
        known.test(each)
    limit = len(set(map(known.acting, table))) + budget
    while known.test(full).holds:
        sets = by_size(known, limit)
        if not all(known.confirm(each).holds for each in sets or [full]):
            continue
        ways, complete = others(known, sets or [reduced(known, full)], limit + budget)
        complete = complete and not known.undecided
        exhaustive = sets is not None and not known.undecided
        least = min(map(len, ways))
        return Found(
            smallest=[way for way in ways if len(way) == least],
            method="exact" if exhaustive or complete else "1-minimal",
            larger=[way for way in ways if len(way) > least],
            complete=complete,
        )
    outcome = known.tested[known.acting(full)]
    reason = outcome.reason or f"runs differ first in {outcome.first_difference}"
    return Found([], "1-minimal", [], complete=False, stopped=f"{outcome.answer}: {reason}")


def by_size(known: Knowledge, limit: int) -> list[Settings] | None:
    """Return all sets of the least size that hold; None where that takes too many tests."""
    for size in range(len(known.full) + 1):
        sets = list(known.of_size(size))
        ahead = [each for each in sets if not known.known(each)]
        if len(known.tested) + len(ahead) > limit:
            return None
        for each in ahead:
            known.test(each)
        if found := [each for each in sets if each in known.tested and known.tested[each].holds]:
            return found
    return None


def reduced(known: Knowledge, settings: Settings) -> Settings:
    """Return a confirmed 1-minimal set inside one that is confirmed."""
    while True:
        ordered = [name for name in known.full if name in settings]
        found = known.acting(ddmin(ordered, known.holds))
        if known.confirm(found).holds:
            return found


def others(known: Knowledge, found: list[Settings], limit: int) -> tuple[list[Settings], bool]:
    """Return all ways found, and whether there are no others.

    A set that contains none of the ways leaves out one setting of each. If the largest such sets
    all differ, then so, by monotonicity, does every one of them, and no other way exists.
    """
    ways, complete = list(found), True
    ahead = hitting(ways)
    while ahead:
        rest = known.without(*ahead.pop(0))
        if known.exception or (not known.known(rest) and len(known.tested) >= limit):
            return ways, False
        if known.holds(rest) and known.confirm(rest).holds:
            ways.append(reduced(known, rest))
            ahead = hitting(ways)
        elif not known.ruled_out(rest):  # refused or failed: smaller sets may still hold
            complete = False
    return ways, complete and known.exception is None


def ddmin(items: Sequence[str], holds: Callable[[frozenset[str]], bool]) -> frozenset[str]:
    """Return a 1-minimal subset that `holds`: without any one of its items it does not.

    `holds` must be true of all `items`. The algorithm is ddmin of A. Zeller and R. Hildebrandt,
    "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 28(2), 2002: try each of n parts,
    then all but each of them, then parts half as large.
    """
    if holds(frozenset()):
        return frozenset()
    kept, parts = list(items), 2
    while len(kept) > 1:
        edges = [len(kept) * i // parts for i in range(parts + 1)]
        chunks = [kept[a:b] for a, b in pairwise(edges)]
        rests = [[item for item in kept if item not in chunk] for chunk in chunks]
        if part := next((c for c in chunks if holds(frozenset(c))), None):
            kept, parts = part, 2
        elif parts > 2 and (rest := next((r for r in rests if holds(frozenset(r))), None)):
            kept, parts = rest, parts - 1
        elif parts < len(kept):
            parts = min(len(kept), 2 * parts)
        else:
            break
    return frozenset(kept)


def hitting(sets: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Return every minimal set that shares an item with each of `sets` (Berge's algorithm).

    The sets that contain none of `sets` are exactly those that leave out one of these.
    """
    found: set[frozenset[str]] = {frozenset()}
    for each in sets:
        wider = {hit if hit & each else hit | {item} for hit in found for item in each}
        found = {hit for hit in wider if not any(other < hit for other in wider)}
    return sorted(found, key=lambda hit: (len(hit), sorted(hit)))
