"""Small sets that have a property: delta debugging, and the sets that meet all of some sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise


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
