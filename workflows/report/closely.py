"""First differences for the page: what was compared, both values, how far they are apart. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from workflows.compare.close_look import Closer, relative
from workflows.compare.difference import START
from workflows.matrix.symptom import where
from workflows.matrix.tables import place

UNRELATED = 0.1
"""Where two sides drew or read otherwise, numbers farther apart (relative) have no size to tell."""
SEEN = {
    "shown again at the same place": "yes, there",
    "shown elsewhere": "elsewhere",
    "not shown again": "no",
    "not possible": "not possible",
    "from the records": "not run again",
}


class Look(NamedTuple):
    """One pair of runs that differ."""

    benchmark: str
    configuration: str
    compared: str
    place: str
    difference: str
    values: str
    apart: str
    later: str
    seen: str


def looks(found: Mapping[str, Closer]) -> tuple[list[Look], list[str]]:
    """Return the pairs that differ, and a line for each reason why others have none to show."""
    shown = [_look(name, each) for name, each in found.items() if each.place]
    others: dict[str, int] = {}
    for each in found.values():
        if not each.place:
            reason = (each.reason or "no difference").rpartition(": ")[2]
            others[reason] = others.get(reason, 0) + 1
    return shown, [f"not looked at: {number} of {len(found)}: {r}" for r, number in others.items()]


def _look(name: str, look: Closer) -> Look:
    environment, device, benchmark, configuration, *_ = look.left.split("/")
    kind = name.partition("/")[0]
    other, _, _, _, variation, *_ = (look.right or look.left).split("/")
    repeats = "repeats" if variation == "baseline" else f"repeats, {variation}"
    compared = {"variation": variation, "environment": f"environment {other}"}.get(kind, repeats)
    later = [f"+{g.later}\N{NO-BREAK SPACE}{relative(g.loss, 0)}" for g in look.grown if g.later]
    difference = where(look.place).removeprefix("the ") if look.place else ""
    return Look(
        benchmark, configuration, compared, place(environment, device), difference,
        values(look), apart(look), "" if unrelated(look) else ", ".join(later), SEEN[look.seen],
    )  # fmt: skip


def unrelated(look: Closer) -> bool:
    """Return whether the two sides hold other numbers altogether, so that no ULP means anything."""
    size, found = look.size, look.place
    if found is None or size is None or found.phase not in (*START, "batch"):
        return False
    return size.relative is None or size.relative > UNRELATED


def values(look: Closer) -> str:
    """Return the two numbers that are farthest apart, where the tensors were kept."""
    pair = look.located.values if look.located else None
    if pair is None:
        return (look.difference and look.difference.sides) or ""
    return " and ".join(told(*pair))


def told(x: float, y: float) -> tuple[str, str]:
    """Return two unequal numbers with as many digits as tell them apart, eight at least."""
    for digits in range(8, 17):
        if (left := f"{x:.{digits}g}") != (right := f"{y:.{digits}g}"):
            return left, right
    return f"{x:.17g}", f"{y:.17g}"


def apart(look: Closer) -> str:
    """Return how far the two sides are apart."""
    size = look.size
    if size is None:
        return ""
    share = f"{size.differing} of {size.elements} elements"
    if unrelated(look):
        return f"other numbers altogether, {share}"
    largest = [f"{size.ulp} ULP"] if size.ulp is not None else []
    largest += [f"{relative(size)} relative"] if size.relative is not None else []
    return ", ".join([*largest, share])
