"""How far two tensors are apart: elements, units in the last place, relative, absolute.

Floating-point numbers of one format are ordered like their bits, read as sign and magnitude; the
distance in units in the last place (ULP) of two numbers is the number of steps between them in
that order. Adjacent numbers are 1 apart, also across powers of two, and so are -0.0 and 0.0,
whose bits differ, and the largest finite number and infinity. A NaN has no place in the order.
Source: Bruce Dawson, "Comparing floating point numbers", 2012.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from workflows.compare.close_look import Distance


class Format(NamedTuple):
    """A floating-point format: its width as an unsigned integer, and the bits of infinity."""

    bits: type[np.unsignedinteger]
    infinity: int


FORMATS = {
    "float16": Format(np.uint16, 0x7C00),
    "bfloat16": Format(np.uint16, 0x7F80),
    "float32": Format(np.uint32, 0x7F80_0000),
    "float64": Format(np.uint64, 0x7FF0_0000_0000_0000),
}
PARTS = {"complex64": "float32", "complex128": "float64"}


def distance(a: np.ndarray, b: np.ndarray, dtype: str | None = None) -> Distance:
    """Return how far `a` and `b` are apart; raise `ValueError` when shapes or types differ.

    `dtype` is the name of the type that the bits mean where numpy lacks it: "bfloat16" is given
    as uint16. Of any other type that numpy lacks, only the differing elements are counted. A
    complex number counts as its two parts.
    """
    if a.shape != b.shape or a.dtype != b.dtype:
        raise ValueError(f"{a.dtype} {list(a.shape)} against {b.dtype} {list(b.shape)}")
    name = dtype or a.dtype.name
    x, y = np.ascontiguousarray(a).reshape(-1), np.ascontiguousarray(b).reshape(-1)
    if name in PARTS:
        return distance(x.view(PARTS[name]), y.view(PARTS[name]))
    unsigned = np.dtype(f"u{x.dtype.itemsize}")
    different = x.view(unsigned) != y.view(unsigned)  # bits: unequal NaN, equal zeros count right
    count = {"elements": x.size, "differing": int(different.sum())}
    x, y = x[different], y[different]
    if name in FORMATS:
        return _floats(x.view(unsigned), y.view(unsigned), name, count)
    known = name == a.dtype.name
    return Distance(**count, absolute=_integers(x, y) if known else None)


def _floats(x: np.ndarray, y: np.ndarray, name: str, count: dict[str, int]) -> Distance:
    """Return the distance of differing floating-point numbers, given as their bits."""
    if not x.size:
        return Distance(**count, ulp=0, relative=0.0, absolute=0.0)
    infinity = FORMATS[name].infinity
    top = x.dtype.type(1 << (8 * x.dtype.itemsize - 1))
    magnitudes = x & ~top, y & ~top
    numbers = (magnitudes[0] <= infinity) & (magnitudes[1] <= infinity)
    finite = (magnitudes[0] < infinity) & (magnitudes[1] < infinity)
    ranks = _rank(x[numbers], top), _rank(y[numbers], top)
    steps = np.maximum(*ranks) - np.minimum(*ranks)
    relative, absolute = _real(_values(x[finite], name), _values(y[finite], name))
    return Distance(
        **count,
        ulp=int(steps.max()) if steps.size else None,
        relative=relative,
        absolute=absolute,
        not_finite=int((~finite).sum()),
    )


def farthest(a: np.ndarray, b: np.ndarray, dtype: str) -> tuple[float, float] | None:
    """Return the two finite elements that differ and are most ULP apart, exactly.

    `a`, `b`, `dtype` as of `distance`; None where no such pair is, or where the type has no ULP.
    """
    if dtype not in FORMATS:
        return None
    bits, infinity = FORMATS[dtype]
    x, y = (np.ascontiguousarray(each).reshape(-1).view(bits) for each in (a, b))
    top = bits(1 << (8 * x.dtype.itemsize - 1))
    chosen = (x != y) & ((x & ~top) < infinity) & ((y & ~top) < infinity)
    if not chosen.any():
        return None
    x, y = x[chosen], y[chosen]
    ranks = _rank(x, top), _rank(y, top)
    at = slice(found := int((np.maximum(*ranks) - np.minimum(*ranks)).argmax()), found + 1)
    return _values(x[at], dtype).item(), _values(y[at], dtype).item()


def _rank(bits: np.ndarray, top: np.unsignedinteger) -> np.ndarray:
    """Return each number's place in the order of its format, unsigned: -0.0 just before 0.0."""
    return np.where(bits & top, ~bits, bits | top)


def _values(bits: np.ndarray, name: str) -> np.ndarray:
    """Return the numbers, exactly, as float64."""
    if name == "bfloat16":  # the upper half of a float32
        return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32).astype(np.float64)
    return bits.view(name).astype(np.float64)


def _real(x: np.ndarray, y: np.ndarray) -> tuple[float | None, float | None]:
    """Return the largest relative and absolute difference of finite numbers."""
    if not x.size:
        return None, None
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        absolute = np.abs(x - y)
        scale = np.maximum(np.abs(x), np.abs(y))
        # Of two float64 of opposite sign the difference may overflow, the quotients do not.
        relative = np.where(np.isfinite(absolute), absolute / scale, np.abs(x / scale - y / scale))
    relative[scale == 0] = 0.0  # -0.0 and 0.0
    largest = min(float(absolute.max()), float(np.finfo(np.float64).max))
    return float(relative.max()), largest


def _integers(x: np.ndarray, y: np.ndarray) -> float:
    """Return the largest absolute difference of integers or truth values, 0 of none."""
    if not x.size:
        return 0.0
    if x.dtype == np.bool_:
        return 1.0
    low, high = np.minimum(x, y), np.maximum(x, y)
    # Modulo 2**64 the difference is exact, also where it overflows int64.
    return float((high.astype(np.uint64) - low.astype(np.uint64)).max())


def together(distances: Sequence[Distance]) -> Distance:
    """Return the distance of several tensors taken as one: counts add up, the largest counts."""
    return Distance(
        elements=sum(d.elements for d in distances),
        differing=sum(d.differing for d in distances),
        ulp=max((d.ulp for d in distances if d.ulp is not None), default=None),
        relative=max((d.relative for d in distances if d.relative is not None), default=None),
        absolute=max((d.absolute for d in distances if d.absolute is not None), default=None),
        not_finite=sum(d.not_finite for d in distances),
    )
