"""Memory that operators handed out as they found it, and which of it has been written since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from torch import Tensor

EMPTY = {
    "empty", "new_empty", "empty_like", "empty_strided", "new_empty_strided", "empty_permuted",
}  # fmt: skip
"""Operators that leave memory as they find it."""
WHOLE = {
    "fill_", "zero_", "copy_", "uniform_", "normal_", "random_", "bernoulli_", "exponential_",
    "geometric_", "cauchy_", "log_normal_",
}  # fmt: skip
"""Operators that overwrite what they are given first, and do not read it."""
PARTS = {
    "index_put_", "index_copy_", "index_fill_", "scatter_", "masked_fill_", "masked_scatter_",
    "put_", "fill_diagonal_",
}  # fmt: skip
"""Operators that overwrite parts of what they are given first."""
AS_FOUND = {"resize_", "resize_as_", "set_"}
"""Operators that do nothing to the bits of what they are given first."""
KEPT = 2**28
"""Bytes of such memory that are kept; of more, what was had first is no longer known."""


class Memory(NamedTuple):
    """The tensor whose memory this is (kept, so that nothing else gets it), and the line.

    `found`: its shape, and the bits that it had; `size`: bytes; `untouched`: no operator has
    written any of it.
    """

    tensor: Tensor
    place: str
    found: tuple[tuple[int, ...], str]
    size: int
    untouched: bool = True


class Unwritten:
    """Knows such memory by its address, until one operator has written all of it.

    Or until it holds other bits than it was found with, though no operator has: what else writes,
    NumPy, a library or a compiled function, tells nobody.
    """

    def __init__(self, bits: Callable[[Tensor], str]) -> None:
        """Know of none; `bits` tells those of a tensor."""
        self._bits_of = bits
        self._held: dict[int, Memory] = {}
        self._bytes = 0

    def made(self, tensors: Sequence[Tensor], place: str) -> None:
        """Be told of tensors that are as they were found."""
        for one in tensors:
            if key := _address(one):
                self._forget(key)
                size = one.untyped_storage().nbytes()
                self._held[key] = Memory(one, place, self._now(one), size)
                self._bytes += self._held[key].size
        while self._bytes > KEPT:
            self._forget(next(iter(self._held)))

    def of(self, tensor: Tensor) -> Memory | None:
        """Return the memory that a tensor lies in, where some of it may not be written."""
        return self._held.get(_address(tensor)) if self._held else None

    def reads(self, tensors: Sequence[Tensor]) -> list[Memory]:
        """Be told of tensors that are read; return the memory of those that may not be written."""
        found = []
        for one in tensors:
            memory = self.of(one)
            if memory and self._is_written(memory):
                self._forget(_address(one))
            elif memory:
                found.append(memory)
        return found

    def _now(self, tensor: Tensor) -> tuple[tuple[int, ...], str]:
        return tuple(tensor.shape), self._bits_of(tensor)

    def _is_written(self, memory: Memory) -> bool:
        """Say whether something else has written it; of another shape nobody can."""
        shape, bits = self._now(memory.tensor)
        return memory.untouched and shape == memory.found[0] and bits != memory.found[1]

    def wrote(self, tensors: Sequence[Tensor], *, whole: bool = True) -> None:
        """Be told of tensors that were written; `whole`: every element of theirs."""
        for one in tensors:
            if memory := self.of(one):
                if whole and one.numel() == memory.tensor.numel():
                    self._forget(_address(one))
                else:
                    self._held[_address(one)] = memory._replace(untouched=False)

    def _forget(self, key: int) -> None:
        if memory := self._held.pop(key, None):
            self._bytes -= memory.size

    def clear(self) -> None:
        """Keep nothing any more."""
        self._held.clear()
        self._bytes = 0


def _address(tensor: Tensor) -> int:
    """Return where the memory lies that a tensor is in; 0 where it has none."""
    try:
        return int(tensor.untyped_storage().data_ptr())
    except (RuntimeError, NotImplementedError):
        return 0
