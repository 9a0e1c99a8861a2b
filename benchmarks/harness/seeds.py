"""Which lines give a generator a seed, and a digest of it: two runs tell whether it is another."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from types import FrameType
from typing import Any

import torch

from benchmarks.frames import call_text, nearest, place

Note = Callable[[str, str, str], None]


class Seeds:
    """Reports to `note`, as (kind, what, place), what each line seeds a generator with at first."""

    def __init__(self, note: Note) -> None:
        """Know of none."""
        self._note = note
        self._known: set[tuple[str, str]] = set()

    def given(self, text: str, where: str, value: object, of: str = "its own") -> None:
        """Be told of a line; `value`: the seed, or what state follows from it.

        `of`: which generator, for one line may set several.
        """
        if (where, of) not in self._known:
            self._known.add((where, of))
            digest = hashlib.sha256(repr(value).encode()).hexdigest()[:8]
            self._note("seed", f"{text} [{digest}]", where)

    def python(self, frame: FrameType) -> None:
        """Be told that a `random.Random` takes the seed `a`; of the global one the state tells."""
        if frame.f_locals["self"] is not random._inst:
            self._at(frame, frame.f_locals["a"])

    def torch(self, frame: FrameType, generator: Any) -> None:
        """Be told that a generator of PyTorch has taken a seed."""
        if isinstance(generator, torch.Generator) and generator is not torch.default_generator:
            self._at(frame, generator.initial_seed())

    def _at(self, frame: FrameType, value: object) -> None:
        # By the program itself: a loader of PyTorch's seeds its own by what it draws.
        if own := nearest(frame, ("random.py",)):
            self.given(call_text(own), place(own.f_code, own.f_lineno), value)
