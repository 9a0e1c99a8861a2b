"""Parameters and buffers that the program makes of fresh memory and never writes."""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Iterator
from types import FrameType
from typing import Any, NamedTuple

import torch

from benchmarks.flow import handed
from benchmarks.frames import is_own, place
from benchmarks.harness.unrecorded import unrecorded
from benchmarks.weights import named

HOLDS = frozenset(["Parameter", "Buffer", "register_buffer"])
EMPTY = frozenset(["empty", "new_empty", "empty_like", "empty_strided"])


class _Made(NamedTuple):
    tensor: weakref.ref[Any]
    content: bytes
    where: str


class Fresh:
    """Remembers each tensor of a module that is made of memory nobody has written."""

    def __init__(self) -> None:
        """Know none yet."""
        self._made: list[_Made] = []

    def made(self, tensor: Any, frame: FrameType) -> None:
        """Be told of a parameter or a buffer that a call in `frame` has made."""
        code, line = frame.f_code, frame.f_lineno
        if not is_own(code.co_filename) or not isinstance(tensor, torch.Tensor):
            return
        if tensor._version:
            return  # written already
        if any(line in lines for lines in handed(code.co_filename, HOLDS, EMPTY)):
            at = place(code, line)
            self._made.append(_Made(weakref.ref(tensor), _content(tensor), at))

    def unwritten(self, weights: Any) -> Iterator[tuple[str, str]]:
        """Yield name and place of those among the weights that still hold what they began with."""
        names = {id(tensor): name for name, tensor in named(weights).items()}
        for tensor, content, where in self._made:
            now = tensor()
            untouched = now is not None and not now._version and _content(now) == content
            if untouched and id(now) in names:
                yield names[id(now)], where


@unrecorded
def _content(tensor: torch.Tensor) -> bytes:
    """Return the SHA-256 of the bytes: a write by `.data` leaves no other trace."""
    flat = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
    return hashlib.sha256(flat.numpy().tobytes()).digest()
