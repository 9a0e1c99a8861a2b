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

from pydantic import Field, ValidationError

from workflows.common.models import Model

UNKNOWN = "?"
"""Stands for bits that have no meaning: memory that nothing has written."""
BY_OPERATOR = "operator by operator: "
"""Stands before what `Parted` says."""
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
Kind = Literal["operator", "draw", "received", "asked", "elsewhere", "unwritten", "flow"]
LEFT: dict[Kind, str] = {
    "operator": "is given equal bits, and leaves others",
    "draw": "draws other numbers",
    "received": "is given equal bits, and receives others from the processes that it trains with",
    "asked": "is asked otherwise",
    "elsewhere": "is given other bits that no operator left so: they come from Python, NumPy, a "
    "file, a library or a compiled function, or another thread or process wrote them",
    "unwritten": "reads memory as it was found, which nothing has written",
    "flow": "is carried out by one of them alone, or elsewhere: the program went another way",
}


class Operator(Model):
    """What one operator of a run was given, was asked besides, and left."""

    operator: str = Field(description="as PyTorch names it, `aten.mm.default`")
    place: str | None = Field(description="FILE:LINE in FUNCTION, of a backward pass its forward's")
    text: str | None = Field(description="the call that stands there")
    module: str | None
    backward: bool
    node: str | None = Field(None, description="autograd's, in a backward pass")
    draws: bool = Field(description="whether it takes random numbers")
    given: list[str] = Field(description="fingerprints of the tensors that it reads; `?`: unknown")
    asked: list[str] = Field(description="its other arguments")
    unwritten: str | None = Field(description="where memory was had that it reads unwritten")
    left: list[str] = Field(description="fingerprints of the tensors that it gives or writes")

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes it the same operator in two runs, beside how often it came before."""
        return self.operator, self.place, self.module, self.backward, self.node


class Parted(Model):
    """The first operator at which two runs part in a step, and how."""

    kind: Kind
    operator: Operator = Field(description="of the one run, or of the only one that has it")
    sides: list[str] = Field([], description="what it was asked in the two runs, where that parts")

    def __str__(self) -> str:
        """Say it in words."""
        one = self.operator
        where = f"{one.text} ({one.place})" if one.place else "a line that is not known"
        where = f"the backward pass of {where}" if one.backward else where
        module = f", module {one.module}" if one.module else ""
        how = LEFT[self.kind]
        if self.kind == "unwritten":
            how += f": fill it where it is had ({one.unwritten})"
        sides = f": {' against '.join(self.sides)}" if self.sides else ""
        return f"{one.operator} in {where}{module} {how}{sides}"


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
