"""Exact fingerprints: 64 bits for a list of tensors, the same on every device.

**Version 2.** The bits of all tensors, one after the other, are read as 32-bit words w, four bytes
of a small element each as a word of its own. A block is 2**16 words; its digest is
sum(k[i] * w[i]) mod 2**64, with the keys k of
benchmarks/harness/keys.py. One block's digest is the fingerprint; of
more than one, the digests are words again, two each, and are hashed in the same way with keys of
their own, until one is left. Shapes, dtypes and absence enter by a salt.

Integer arithmetic modulo 2**64 is exact and independent of the order of summation, so every device
and every thread count gives the same value for the same bits, and -0.0 or another NaN payload
gives another value. No more than a chunk of words is converted at a time (see `CHUNK`).

*Bound.* Let two word sequences of one length differ in word i of some block by d, |d| < 2**32, so
d = 2**t * odd with t <= 31. Whatever the other words add, one residue modulo 2**64 is what
k[i] * d must have for the digests to be equal, and at most 2**t of the 2**64 values of k[i] give
it: with keys drawn independently of the data the probability is at most 2**(t - 64) <= 2**-33 (the
multilinear family of Lemire and Kaser, "Strongly universal string hashing is fast", The Computer
Journal 57, 2014, section 3). Digests that differ are words that differ, so L levels collide with a
probability of at most L * 2**-33: L = 1 up to 256 KiB, 2 up to 8 GiB, 3 beyond. A difference of
one unit in the last place (t = 0) in one word of a block: 2**-64 a level.

*Keys* are bytes of SHAKE-256 (FIPS 202) of the level's name: no relation between them is known,
and tests/torch/test_fingerprint.py looks for small ones. They are the same in every run, or runs
could not be compared, and so are public: who computes with them can make a collision. The bound is
for programs that do not. A SHA-256 over the final weights stands beside the trace.

**Version 1** (records that name no version) is one block of any length with keys splitmix64(1),
splitmix64(2), … These are not independent: key(2n) = 2 * key(n) for one n in 65, so that two
elements at such places that are off by small numbers cancel, and the bound does not hold for it.
It is here for the sake of what was published with it; two versions are never compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from benchmarks.harness.forms import UnreadableError, is_plain, parts
from benchmarks.harness.keys import BLOCK, block_keys, splitmix_keys

VERSIONS = (1, 2)
CURRENT = 2
CHUNK = 32 * BLOCK
"""Words that are converted at once on a device: 40 MiB of scratch, with the products."""


def words(tensor: Tensor) -> Tensor:
    """Return a tensor's bits as int32 (n,), or as uint8 (n,) where its elements are small.

    A view, but for a tensor that is not contiguous.
    """
    flat = tensor.contiguous().reshape(-1)
    return flat.view(torch.int32 if flat.element_size() >= 4 else torch.uint8)


PLAIN = {torch.float32, torch.float64, torch.int32, torch.int64, torch.complex64}
"""Dtypes that numpy has, of whole words."""

Traced: TypeAlias = Tensor | np.ndarray


def in_place(tensor: Tensor) -> np.ndarray:
    """Return the words of a plain tensor on the CPU, without a copy where that goes."""
    if tensor.dtype in PLAIN and tensor.is_contiguous():
        view: np.ndarray = tensor.detach().numpy().reshape(-1).view(np.int32)
    else:
        view = words(tensor.detach()).numpy()
    return view


def words_of(array: np.ndarray) -> np.ndarray:
    """Return an array's bits as `words` does; raise `UnreadableError` for one of objects."""
    if array.dtype.hasobject:
        raise UnreadableError("is a numpy array of Python objects, which have no bits to compare")
    flat = in_order(array).reshape(-1)
    return flat.view(np.uint8 if flat.itemsize % 4 else np.int32)


def in_order(array: np.ndarray) -> np.ndarray:
    """Return an array's elements one after the other, in memory of its own where they are not.

    Bytes, such as a data set of pictures, by PyTorch: it needs half the time of numpy.
    """
    plain = array.dtype == np.uint8 and array.flags.writeable and min(array.strides, default=0) >= 0
    if array.flags.c_contiguous or not plain:
        return np.ascontiguousarray(array)
    ordered: np.ndarray = torch.from_numpy(array).contiguous().numpy()
    return ordered


def view(value: Traced) -> np.ndarray:
    """Return the words of a plain tensor or of an array, on the CPU."""
    if isinstance(value, Tensor):
        return in_place(value if value.is_cpu else value.cpu())
    return words_of(value)


def taken_apart(values: Sequence[Traced | None]) -> tuple[list[Traced], tuple[Any, ...]]:
    """Return the plain values that `values` are made of, and the form of each."""
    present: list[Traced] = []
    forms: list[Any] = []
    for value in values:
        if value is None:
            forms.append(None)
        elif isinstance(value, Tensor):
            kind, found = ("", [value]) if is_plain(value) else parts(value)
            present += found
            forms.append((value.dtype, None if kind else value.shape, kind))
        else:
            present.append(value)
            forms.append((value.dtype, value.shape, "numpy"))
    return present, tuple(forms)


class Fingerprint:
    """Fingerprints lists of tensors where they live, without waiting for the device."""

    def __init__(self, device: torch.device, version: int = CURRENT) -> None:
        """Keep keys and salts on `device`."""
        self._device = device
        self.on_cpu = device.type == "cpu"
        self._block = BLOCK if version > 1 else 2**63  # version 1: one block, however long
        self._keys: dict[int, Tensor] = {}
        self._here: dict[int, np.ndarray] = {}
        self._salts: dict[Any, Tensor | int] = {}
        self._buffer = np.empty(0, np.int64)

    def __call__(self, values: Sequence[Traced | None]) -> Tensor | int:
        """Return the fingerprint of tensors and numpy arrays (None: absent).

        On the CPU an int that may exceed 64 bits, elsewhere an int64 scalar on the device: both
        stand for their value modulo 2**64. Raises `UnreadableError` where one holds no bits.
        """
        present, form = taken_apart(values)
        if self.on_cpu:
            return self.of_views([view(value) for value in present], form)
        salt = self.salt(form)
        return self._with_torch(self._there(present)) + salt if present else salt

    def of_views(self, views: list[np.ndarray], form: tuple[Any, ...]) -> int:
        """Return the fingerprint of values on the CPU, by their words and their forms."""
        salt = int(self.salt(form))
        return self.with_numpy(views) + salt if views else salt

    def _there(self, values: list[Traced]) -> list[Tensor]:
        """Return the words of each on the device; those from elsewhere come in one transfer."""
        here = self._keys_for(0, 1).device
        found: list[Tensor | None] = [
            words(value) if isinstance(value, Tensor) and value.device == here else None
            for value in values
        ]
        away = [i for i, one in enumerate(found) if one is None]
        if away:
            views = [torch.from_numpy(view(values[i]).astype(np.int32)) for i in away]
            moved = torch.cat(views).to(here)
            for i, one in zip(away, moved.split([len(view) for view in views]), strict=True):
                found[i] = one
        return [one for one in found if one is not None]

    def with_numpy(self, views: list[np.ndarray], level: int = 0) -> int:
        """Return the hash by numpy, whose integer products take half the time of PyTorch's."""
        count = sum(map(len, views))
        if len(self._buffer) < min(count, self._block):
            self._buffer = np.empty(min(count, self._block), np.int64)
        if count <= self._block:
            bits = self._buffer[:count]
            np.concatenate(views, out=bits)
            return int(np.einsum("i,i->", bits, self._keys_here(level, count)))
        keys, digests = self._keys_here(level, self._block), []
        for piece in pieces(views, self._block):
            bits = self._buffer[: sum(map(len, piece))]
            np.concatenate(piece, out=bits)
            digests.append(np.einsum("i,i->", bits, keys[: len(bits)]))
        return self.with_numpy([np.array(digests, np.int64).view(np.int32)], level + 1)

    def _with_torch(self, views: list[Tensor], level: int = 0) -> Tensor:
        """Return the hash by operators that every device has, integer dot products not being."""
        count = sum(map(len, views))
        if count <= self._block:
            bits = torch.cat(views).to(torch.int64)
            return (bits * self._keys_for(level, count)).sum()
        keys, at = self._keys_for(level, self._block), 0
        digests = torch.empty(-(-count // BLOCK), dtype=torch.int64, device=keys.device)
        for piece in pieces(views, CHUNK):
            bits = torch.cat(piece).to(torch.int64)
            whole = len(bits) // BLOCK
            digests[at : at + whole] = (bits[: whole * BLOCK].view(-1, BLOCK) * keys).sum(1)
            at += whole
            if rest := len(bits) % BLOCK:  # only in the last piece
                digests[at] = (bits[-rest:] * keys[:rest]).sum()
        return self._with_torch([digests.view(torch.int32)], level + 1)

    def _keys_here(self, level: int, count: int) -> np.ndarray:
        """Return `_keys_for` where the device is the CPU."""
        held = self._here.get(level)
        if held is None or len(held) < count:
            self._keys_for(level, count)
            held = self._here[level] = self._keys[level].numpy()
        return held[:count]

    def _keys_for(self, level: int, count: int) -> Tensor:
        """Return the first `count` keys of a level, as int64 (count,) on the device."""
        held = self._keys.get(level)
        if held is None or len(held) < count:
            made = block_keys(level) if self._block == BLOCK else splitmix_keys(count)
            held = torch.from_numpy(made.view(np.int64).copy()).to(self._device)
            self._keys[level] = held
        return held[:count]

    def salt(self, structure: Any) -> Tensor | int:
        """Return what stands for the forms of values, as `taken_apart` gives them."""
        if structure not in self._salts:
            text = repr([form and _said(*form) for form in structure])
            value = int.from_bytes(
                hashlib.sha256(text.encode()).digest()[:8], "little", signed=True
            )
            on_device = torch.tensor(value, dtype=torch.int64, device=self._device)
            self._salts[structure] = value if self.on_cpu else on_device
        return self._salts[structure]


def _said(dtype: Any, shape: Any, kind: str) -> tuple[Any, ...]:
    form = (str(dtype), None if shape is None else list(shape))
    return (*form, kind) if kind else form


def pieces(views: Sequence[Any], size: int) -> Iterator[list[Any]]:
    """Cut one-dimensional arrays, one after the other, into lists of `size` elements each.

    The last one may hold fewer.
    """
    piece: list[Any] = []
    free = size
    for view in views:
        at = 0
        while at < len(view):
            piece.append(view[at : at + free])
            at += len(piece[-1])
            free -= len(piece[-1])
            if not free:
                yield piece
                piece, free = [], size
    if piece:
        yield piece
