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

    def given(self, text: str, where: str, value: object, of: str) -> None:
        """Be told of a line; `value`: the seed, or what state follows from it.

        `of`: which generator, for one line may set several.
        """
        if (where, of) not in self._known:
            self._known.add((where, of))
            digest = hashlib.sha256(repr(value).encode()).hexdigest()[:8]
            self._note("seed", f"{text} [{digest}]", where)

    def python(self, frame: FrameType) -> None:
        """Be told that a `random.Random` takes the seed `a`."""
        one = frame.f_locals["self"]
        self._at(frame, frame.f_locals["a"], "Python's" if one is random._inst else None)

    def torch(self, frame: FrameType) -> None:
        """Be told that PyTorch's global generators take the seed `seed`."""
        self._at(frame, frame.f_locals["seed"], "PyTorch's")

    def made(self, frame: FrameType, generator: Any) -> None:
        """Be told that a generator has taken a seed: of those of PyTorch that a program makes."""
        if isinstance(generator, torch.Generator) and generator is not torch.default_generator:
            self._at(frame, generator.initial_seed(), None)

    def _at(self, frame: FrameType, value: object, of: str | None) -> None:
        """Be told of a seed; `of`: which global generator's, None: of one that somebody made.

        A global one may be seeded by a library that the program asks to. One of its own by itself
        alone: a loader of PyTorch's seeds its by what it draws.
        """
        own = nearest(frame, None if of else ("random.py",))
        if own and (of is None or "seed" in call_text(own)):
            where = place(own.f_code, own.f_lineno)
            self.given(call_text(own), where, value, of or "its own")
