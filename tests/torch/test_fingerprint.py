"""Fingerprints of real tensors: any changed bit counts, equal bits agree on every device."""

from __future__ import annotations

import math
import resource
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.harness.fingerprint import (
    CHUNK,
    CURRENT,
    VERSIONS,
    Fingerprint,
    in_place,
    pieces,
    words,
)
from benchmarks.harness.keys import BLOCK, block_keys, splitmix_keys
from tests.torch.fingerprints import CPU, MODULUS, fingerprint, flip
from workflows.runs import record


def test_both_sides_know_the_newest_version() -> None:
    assert record.FINGERPRINT == CURRENT == max(VERSIONS)


@pytest.mark.parametrize(
    ("version", "one", "several"),
    [
        (1, 0xD69E907674CFB7F2, 0xF4C883D25FECB171),  # as the release computed it that had no other
        (2, 0xB03E6DB1FB8FB7F2, 0xC892667F90C29B47),
    ],
)
def test_a_version_never_changes(version: int, one: int, several: int) -> None:
    values = torch.arange(-3, 4).float()
    assert fingerprint(values, version=version) == one
    more = [torch.arange(200_000, dtype=torch.int32), torch.tensor([True, False])]
    assert fingerprint(values, None, *more, version=version) == several


def test_the_fingerprint_is_the_sum_that_the_docstring_states() -> None:
    tensor = torch.tensor([1.0, -2.5, 3e-40])
    bits = np.frombuffer(tensor.numpy().tobytes(), dtype=np.int32).tolist()
    for version, keys in ((1, splitmix_keys(3)), (2, block_keys(0)[:3])):
        stated = sum(k * w for k, w in zip(keys.tolist(), bits, strict=True))
        found = fingerprint(tensor, version=version) - fingerprint(torch.zeros(3), version=version)
        assert (stated - found) % MODULUS == 0


def stated(bits: np.ndarray, level: int = 0) -> int:
    """Return version 2 of words, int32 (n,), as the docstring says it, in Python's integers."""
    blocks = [bits[at : at + BLOCK].tolist() for at in range(0, len(bits), BLOCK)]
    keys = block_keys(level).tolist()
    digests = [sum(map(int.__mul__, block, keys)) % MODULUS for block in blocks]
    if len(digests) == 1:
        return int(digests[0])
    return stated(np.array(digests, np.uint64).view(np.int32), level + 1)


@pytest.mark.parametrize("count", [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 17])
def test_more_than_one_block_is_hashed_as_stated(count: int) -> None:
    tensor = torch.randint(-(2**31), 2**31, (count,)).to(torch.int32)
    zeros = torch.zeros_like(tensor)  # all digests are zero, on every level
    found = (fingerprint(tensor) - fingerprint(zeros)) % MODULUS
    assert found == stated(tensor.numpy())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("bit", range(32))
def test_every_single_bit_counts(bit: int, version: int) -> None:
    tensor = torch.randn(1024)
    before = fingerprint(tensor, version=version)
    assert before == fingerprint(tensor.clone(), version=version)
    for index in (0, 777, 1023):
        assert before != fingerprint(flip(tensor, index, bit), version=version)


@pytest.mark.parametrize("index", [0, BLOCK - 1, BLOCK, 3 * BLOCK + 16])
def test_every_block_counts(index: int) -> None:
    tensor = torch.randn(3 * BLOCK + 17)
    assert fingerprint(tensor) != fingerprint(flip(tensor, index, 0))


def test_pairs_of_sign_flips_count() -> None:
    # Products modulo 2**64 lose the top bits: odd keys would let two sign flips cancel.
    tensor = torch.randn(64)
    seen = {fingerprint(tensor)}
    for i in range(64):
        for j in range(i):
            seen.add(fingerprint(flip(flip(tensor, i, 31), j, 31)))
    assert len(seen) == 1 + 64 * 63 // 2


def test_swapped_elements_samples_and_blocks_count() -> None:
    batch = torch.randn(4, 3, 32, 32)
    assert fingerprint(batch) != fingerprint(batch[[1, 0, 2, 3]])
    labels = torch.tensor([1, 2, 3, 4])
    assert fingerprint(labels) != fingerprint(labels[[0, 1, 3, 2]])
    blocks = torch.randn(3, BLOCK)
    assert fingerprint(blocks) != fingerprint(blocks[[1, 0, 2]])


def test_values_that_compare_equal_or_unequal_are_told_by_their_bits() -> None:
    assert fingerprint(torch.tensor([0.0])) != fingerprint(torch.tensor([-0.0]))
    nan = torch.tensor([math.nan])
    assert fingerprint(nan) == fingerprint(nan.clone())
    assert fingerprint(nan) != fingerprint(flip(nan, 0, 3))


def test_shape_dtype_and_absence_count() -> None:
    zeros = torch.zeros(6)
    others: list[torch.Tensor | None] = [torch.zeros(2, 3), torch.zeros(3, dtype=torch.float64)]
    others += [torch.zeros(6, dtype=torch.int32), None]
    assert len({fingerprint(t) for t in (zeros, *others)}) == 5
    assert fingerprint(zeros, None) != fingerprint(None, zeros)


def test_order_in_memory_does_not_count() -> None:
    matrix = torch.randn(5, 7)
    assert fingerprint(matrix) == fingerprint(matrix.t().contiguous().t())


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", ["u1", "i2", "f4", ">i4"])
@pytest.mark.parametrize("order", ["moved", "backwards", "strided", "read-only"])
def test_nor_does_it_for_an_array(dtype: str, order: str) -> None:
    """As CIFAR-10 has it, whose pictures' colours were moved to the end."""
    rows = np.random.default_rng(1).integers(0, 200, (6, 3, 4, 8)).astype(dtype)
    array = rows[::-1] if order == "backwards" else rows.transpose(0, 2, 3, 1)
    array = array[::2, 1:] if order == "strided" else array
    array.flags.writeable = order != "read-only"
    assert fingerprint(array) == fingerprint(array.copy(order="C"))
    assert fingerprint(array) != fingerprint(array[..., ::-1]), "control"


@pytest.mark.parametrize(
    "dtype", [torch.uint8, torch.bool, torch.float16, torch.bfloat16, torch.int64, torch.complex64]
)
def test_every_dtype_has_words(dtype: torch.dtype) -> None:
    tensor = torch.ones(5).to(dtype)
    changed = tensor.clone()
    changed[3] = 0
    assert fingerprint(tensor) != fingerprint(changed)
    assert fingerprint(tensor) == fingerprint(tensor.clone())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=50), st.data())
def test_any_two_different_arrays_differ(bits: list[int], data: Any) -> None:
    other = data.draw(st.lists(st.integers(0, 2**32 - 1), min_size=len(bits), max_size=len(bits)))
    left, right = (torch.from_numpy(np.array(b, np.uint32).view(np.int32)) for b in (bits, other))
    assert (fingerprint(left) == fingerprint(right)) == (bits == other)


@given(st.lists(st.integers(0, 9), max_size=6), st.integers(1, 7))
def test_pieces_are_all_in_order(lengths: list[int], size: int) -> None:
    views = [np.arange(length) + 100 * i for i, length in enumerate(lengths)]
    found = [np.concatenate(piece) for piece in pieces(views, size)]
    assert all(len(piece) == size for piece in found[:-1]) and all(map(len, found))
    assert np.array_equal(np.concatenate([[], *found]), np.concatenate([[], *views]))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "tensors",
    [
        [torch.randn(10_000)],
        [torch.randn(40, 300).t(), torch.randn(BLOCK), torch.ones(3, dtype=torch.bool)],
        [torch.randn(100).bfloat16(), torch.randn(CHUNK + 2 * BLOCK + 5)],
        [torch.randn(70, 1000, dtype=torch.complex64)[:, ::2], torch.arange(9)],
    ],
)
def test_the_formula_of_a_gpu_is_that_of_a_cpu(tensors: list[torch.Tensor], version: int) -> None:
    fingerprint_ = Fingerprint(CPU, version)
    on_cpu = fingerprint_.with_numpy([in_place(tensor) for tensor in tensors])
    as_on_gpu = fingerprint_._with_torch([words(tensor) for tensor in tensors])
    assert on_cpu % MODULUS == int(as_on_gpu) % MODULUS


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
@pytest.mark.parametrize("version", VERSIONS)
def test_a_gpu_gives_the_value_of_a_cpu(version: int) -> None:
    cuda = torch.device("cuda")
    for count in (1, 10_000, 3 * BLOCK + 17, 2 * CHUNK + 1):
        tensor = torch.randn(count)
        there = int(Fingerprint(cuda, version)([tensor.to(cuda)]))
        assert fingerprint(tensor, version=version) == there % MODULUS


def test_scratch_is_bounded() -> None:
    """A tensor of 256 MiB takes a block's words at once on the CPU, less than 8 MiB in all."""
    tensor = torch.ones(2**26)
    small = Fingerprint(CPU)
    small([tensor[: 2 * BLOCK]])  # keys and buffer are there
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    small([tensor])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * 1024
