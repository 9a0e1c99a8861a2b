"""Names the tensor at which two runs part, from the tensors that both kept at that step."""

from __future__ import annotations

from typing import NamedTuple

from workflows.compare.close_look import Distance, Located
from workflows.compare.difference import END, Difference
from workflows.compare.distance import distance, farthest, together
from workflows.runs.tensors import Dense


class Apart(NamedTuple):
    """One tensor on both sides; `why` says what differs where the elements cannot be compared."""

    name: str
    size: Distance | None
    why: str | None
    values: tuple[float, float] | None = None

    @property
    def differs(self) -> bool:
        """Whether any bit, the shape, the type or the presence differs."""
        return self.size is None or self.size.differing > 0


def apart(a: Dense, b: Dense, phase: str, step: int | None) -> list[Apart]:
    """Compare all tensors of a phase, in causal order."""
    left, right = a.keys(phase, step), b.keys(phase, step)
    return [
        _pair(name, a, left.get(name), b, right.get(name))
        for name in dict.fromkeys([*left, *right])
    ]


def _pair(name: str, a: Dense, left: str | None, b: Dense, right: str | None) -> Apart:
    """Compare one tensor, which may be missing on either side."""
    if left is None or right is None:
        return Apart(name, None, f"only the {'right' if left is None else 'left'} side has it")
    (x, dtype), (y, other) = a.tensor(left), b.tensor(right)
    if x.shape != y.shape or dtype != other:
        return Apart(name, None, f"{dtype} {list(x.shape)} against {other} {list(y.shape)}")
    return Apart(name, distance(x, y, dtype), None, farthest(x, y, dtype))


def locate(a: Dense, b: Dense, place: Difference) -> Located | None:
    """Return the first differing tensor of the phase and step of `place`.

    None when the tensors of that step were not kept on both sides, when the phase has none
    (what was printed), or when all of them are equal.
    """
    if place.phase == "length" or place.phase in END:
        return None
    if not (a.has(place.step) and b.has(place.step)):
        return None
    parts = apart(a, b, place.phase, place.step)
    found = [part for part in parts if part.differs]
    if not found:
        return None
    first = found[0]
    return Located(
        place=place.model_copy(update={"tensor": first.name or None}),
        size=first.size, note=first.why, values=first.values,
        differing=len(found), tensors=len(parts),
    )  # fmt: skip


def all_weights(a: Dense, b: Dense, step: int) -> Distance | None:
    """Return the distance of all weights after a step; None where some cannot be compared."""
    sizes = [part.size for part in apart(a, b, "weights", step)]
    known = [size for size in sizes if size is not None]
    return together(known) if known and len(known) == len(sizes) else None


def losses(a: Dense, b: Dense, step: int) -> Distance | None:
    """Return the distance of the losses of a step, in the precision that the program used."""
    return apart(a, b, "loss", step)[0].size
