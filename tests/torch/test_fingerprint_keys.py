"""The keys of fingerprints: they never change, and no small differences cancel."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from benchmarks.harness.keys import BLOCK, block_keys, splitmix_keys
from tests.torch.fingerprints import fingerprint


def equal(values: np.ndarray) -> int:
    """Return how many of `values`, uint64 (n,), equal another one before them."""
    ordered = np.sort(values)  # np.unique takes a hundred times as long
    return int((ordered[1:] == ordered[:-1]).sum())


def test_keys_of_version_1_are_splitmix64_of_seed_zero() -> None:
    # The first outputs of the reference implementation seeded with 0.
    assert [hex(k) for k in splitmix_keys(2).tolist()] == [
        "0xe220a8397b1dcdaf", "0x6e789e6aa1b965f4"
    ]  # fmt: skip


def test_keys_of_version_2_never_change() -> None:
    """Or records of one version could not be compared."""
    assert [hex(k) for k in block_keys(0)[:2].tolist()] == [
        "0xe9718056320224f5",
        "0xb12e121001fc6609",
    ]
    sums = [int(block_keys(level).sum()) for level in (0, 1)]
    assert [hex(s) for s in sums] == ["0xf9def09320622b46", "0x5a4afb0e0f6ceb09"]


@pytest.mark.parametrize("level", [0, 1])
def test_keys_are_bits_of_a_fair_coin(level: int) -> None:
    bits = np.unpackbits(block_keys(level).view(np.uint8)).reshape(-1, 64)
    # Each of 64 columns: 65,536 throws; five deviations are exceeded once in some 30,000 tests.
    assert np.abs(bits.sum(0) - BLOCK / 2).max() < 5 * math.sqrt(BLOCK) / 2


def multiples(keys: np.ndarray, factors: list[int]) -> np.ndarray:
    """Return every key times every factor, and the negatives of these: all modulo 2**64."""
    found = np.concatenate([keys * np.uint64(factor) for factor in factors])
    return np.concatenate([found, ~found + np.uint64(1)])


SMALL = list(range(1, 33))
POWERS = [2**bit for bit in range(32)]


@pytest.mark.parametrize("factors", [SMALL, POWERS])
def test_no_two_keys_stand_in_a_small_ratio(factors: list[int]) -> None:
    """a * k[i] = b * k[j] for no i, j of a block and small a, b: no two differences cancel.

    With powers of two: all single flips of a block have fingerprints of their own, and any two
    flips count. (A sign bit leaves 33 bits of a key: that no two of 131,072 are equal is luck
    with even odds; that the keys have it is what is tested.)
    """
    assert equal(multiples(block_keys(0), factors)) == 0
    # The check can fail: version 1 has thousands.
    assert equal(multiples(splitmix_keys(BLOCK), factors)) > 10_000


def test_no_three_keys_cancel() -> None:
    """a * k[i] + b * k[j] = c * k[l] for no three of the first 400 keys and small factors."""
    keys = block_keys(0)[:400]
    pairs = np.concatenate(
        [
            (keys[:, None] * np.uint64(a) + multiples(keys, [b])[None, :])[
                ~np.eye(400, 800, dtype=bool) & ~np.eye(400, 800, 400, dtype=bool)
            ]
            for a in (1, 2, 3)
            for b in (1, 2, 3)
        ]
    )
    assert not np.isin(multiples(keys, [1, 2, 3]), pairs).any()


def test_elements_at_related_places_do_not_cancel() -> None:
    """Version 1 cannot tell a word 133 plus 1 with a word 66 minus 2: its keys are in the ratio 2.

    Version 2 tells every such pair of a block, for places and changes in the ratios 2 to 8.
    """
    words_ = torch.zeros(200, dtype=torch.int32)
    other = words_.clone()
    other[133] += 1
    other[66] -= 2
    assert fingerprint(words_, version=1) == fingerprint(other, version=1)
    assert fingerprint(words_) != fingerprint(other)
    keys = block_keys(0)
    for ratio in range(2, 9):
        places = np.arange(1, BLOCK // ratio)
        for far, near in ((ratio * places, places), (ratio * places + 1, places)):
            inside = far < BLOCK
            for change in range(1, 9):
                cancels = keys[near[inside]] * np.uint64(change) - keys[far[inside]]
                assert (cancels != 0).all() and (~cancels + np.uint64(1) != 0).all()


def test_a_million_small_differences() -> None:
    """Two elements of 150 off by one to three units: none cancels; by version 1 some do."""
    generator = np.random.default_rng(11)
    count = 10**6
    first = generator.integers(0, 150, count)
    places = np.stack([first, (first + generator.integers(1, 150, count)) % 150], 1)
    changes = generator.integers(1, 4, (count, 2)) * generator.choice([-1, 1], (count, 2))
    for keys, collides in ((block_keys(0), False), (splitmix_keys(150), True)):
        sums = (keys[places] * changes.astype(np.int64).view(np.uint64)).sum(1)
        assert (sums == 0).any() == collides
