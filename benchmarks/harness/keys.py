"""The keys of fingerprints; what they must be stands in benchmarks/harness/fingerprint.py."""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np

BLOCK = 2**16
"""Words of one block of version 2."""


@cache
def block_keys(level: int) -> np.ndarray:
    """Return the keys of a level of version 2, uint64 (BLOCK,)."""
    name = f"Reprise, fingerprint 2, level {level}"
    return np.frombuffer(hashlib.shake_256(name.encode()).digest(8 * BLOCK), "<u8")


def splitmix_keys(count: int) -> np.ndarray:
    """Return the first `count` keys of version 1, uint64 (count,): splitmix64 of 1, 2, 3, …

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
    """
    z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
