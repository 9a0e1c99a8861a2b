"""Where the random generators stand, as one number each, without moving them.

SHA-256 of the state, cut to 64 bits; what did not move costs almost nothing. These numbers tell a
stray draw from other sources and never make a verdict.
"""

from __future__ import annotations

import ctypes
import hashlib
import random
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

KINDS = ("torch", "cuda", "numpy", "python", "own")
PRIVATE = (
    torch.Generator, random.Random, np.random.Generator, np.random.RandomState,
    np.random.BitGenerator,
)  # fmt: skip
MERSENNE = 4 * 624 + 4
"""Bytes of NumPy's MT19937: its words, and the place in them."""


def short(content: bytes) -> int:
    """Return the first 64 bits of a SHA-256."""
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "little")


def is_global(generator: Any) -> bool:
    """Say whether this is one of the generators that every program shares."""
    shared = (torch.default_generator, random._inst, np.random.mtrand._rand)
    return any(generator is one for one in (*shared, np.random.mtrand._rand._bit_generator))


class RandomState:
    """Looks at all generators again and again."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._seen: dict[Any, tuple[bytes, int]] = {}
        self._python: tuple[Any, int] = ((), 0)

    def __call__(self, own: Iterable[Any] = ()) -> list[int]:
        """Return a number for each of `KINDS`; 0 where there is none. `own`: the program's own."""
        return [
            self._number("torch", torch.default_generator.get_state().numpy().tobytes()),
            self._cuda(),
            self._number("numpy", bits(np.random.mtrand._rand._bit_generator)),
            self._of_python(random.getstate()),
            self._own(own),
        ]

    def _number(self, key: Any, content: bytes) -> int:
        before = self._seen.get(key)
        if before is None or before[0] != content:
            before = self._seen[key] = (content, short(content))
        return before[1]

    def _cuda(self) -> int:
        if not torch.cuda.is_initialized():
            return 0
        generators = torch.cuda.default_generators
        return self._number("cuda", b"".join(g.get_state().numpy().tobytes() for g in generators))

    def _of_python(self, state: tuple[Any, ...]) -> int:
        """Return the number of Python's: of its 625, all but the last change together."""
        _, numbers, gauss = state
        block = (numbers[0], numbers[311], numbers[623])
        if block != self._python[0]:
            self._python = (block, short(np.array(numbers[:-1], np.uint32).tobytes()))
        return short(f"{self._python[1]} {numbers[-1]} {gauss!r}".encode())

    def _own(self, own: Iterable[Any]) -> int:
        content = b"".join(state_of(generator) for generator in own)
        return self._number("own", content) if content else 0


def bits(generator: Any) -> bytes:
    """Return the state of a bit generator of NumPy."""
    if type(generator) is np.random.MT19937:  # its `state` would build an array each time
        return ctypes.string_at(generator.ctypes.state_address, MERSENNE)
    return repr(generator.state).encode()


def state_of(generator: Any) -> bytes:
    """Return the state of a program's own generator, and run none of its code."""
    if isinstance(generator, torch.Generator):
        return bytes(generator.get_state().cpu().numpy().tobytes())
    if isinstance(generator, random.Random):
        return repr(random.Random.getstate(generator)).encode()
    if isinstance(generator, np.random.RandomState):
        return bits(generator._bit_generator)
    if isinstance(generator, np.random.Generator):
        return bits(generator.bit_generator)
    return bits(generator)
