"""The first operator of a step at which two recordings part, and how. Pure.

Aligned by what an operator is (its name, line, module, pass) and by how many of these came before,
not by its position alone. All is equal up to there: an operator that is given equal bits, is asked
the same and leaves others is the cause, and other bits that no operator left so are from elsewhere.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from typing import Literal, NamedTuple

from pydantic import ValidationError

from workflows.compare.close_look import Kind, Operator, Parted

UNKNOWN = "?"
"""Stands for bits that have no meaning: memory that nothing has written."""
COLLECTIVES = (
    "c10d",
    "c10d_functional",
    "_c10d_functional",
    "_c10d_functional_autograd",
    "symm_mem",
)
"""Namespaces of operators that take part in what several processes do together."""
HIDDEN = "ScriptObject"
"""Stands for an argument that may hold tensors: packed weights, say."""


def read(lines: Sequence[str]) -> list[Operator] | None:
    """Return what `benchmarks/harness/operators/` has written; None of what failed to record."""
    try:
        return [Operator.model_validate(json.loads(line)) for line in lines]
    except (ValueError, ValidationError):  # a fault of the recorder's own is its last line
        return None


class _Pair(NamedTuple):
    left: Operator
    right: Operator


def parted(left: Sequence[Operator], right: Sequence[Operator]) -> Parted | None:
    """Return where two recordings of one step part; None where they are alike, or nobody can say.

    Where one run carries out what the other does not, all that follows may part by that; but not an
    operator that is given equal bits: it is named, and not a line that asks the clock for a report.
    """
    ours, theirs = _numbered(left), _numbered(right)
    astray = next((i for i, (a, b) in enumerate(zip_longest(ours, theirs)) if a != b), None)
    reordered = Counter(ours) == Counter(theirs)
    found = dict(zip(theirs, right, strict=True))
    for number, one in enumerate(left):
        other = found.get(ours[number])
        kind = _how(pair := _Pair(one, other)) if other else None
        gone = astray is not None and number >= astray and not reordered
        if kind is None or (gone and kind != "operator"):
            continue
        if kind == "unknown":
            return None
        return Parted(kind=kind, operator=one, sides=_sides(pair) if kind == "asked" else [])
    if astray is None:
        return None
    alone = [
        side[astray]
        for side, own, other in ((left, ours, theirs), (right, theirs, ours))
        if astray < len(side) and own[astray] not in other
    ]
    return Parted(kind="flow", operator=alone[0] if alone else left[astray])


def _numbered(operators: Sequence[Operator]) -> list[tuple[object, ...]]:
    """Return the identity of each, with how many of it came before."""
    counts: Counter[tuple[object, ...]] = Counter()
    found = []
    for one in operators:
        found.append((*one.identity, counts[one.identity]))
        counts[one.identity] += 1
    return found


def _how(pair: _Pair) -> Kind | Literal["unknown"] | None:
    """Say how the same operator parts in two runs; None: it does not."""
    a, b = pair
    if a.asked != b.asked:
        return "asked"
    unwritten = a.unwritten and b.unwritten
    if a.given != b.given:
        return "unwritten" if unwritten else "elsewhere"
    if a.left == b.left:
        return None
    return "unwritten" if unwritten and UNKNOWN in a.given else _given_equal(a)


def _given_equal(one: Operator) -> Kind | Literal["unknown"]:
    """Say why an operator may leave other bits that was given equal ones, as far as was seen."""
    if one.operator.partition(".")[0] in COLLECTIVES:
        return "received"
    if one.draws:
        return "draw"
    return "unknown" if UNKNOWN in one.given or HIDDEN in one.asked else "operator"


def _sides(pair: _Pair) -> list[str]:
    """Return the first argument that is another one on both sides."""
    both = zip_longest(pair.left.asked, pair.right.asked, fillvalue="nothing")
    return list(next((a, b) for a, b in both if a != b))
