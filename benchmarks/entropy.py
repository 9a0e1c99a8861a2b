"""Gives a number that follows from the run's seed wherever a generator would get one from outside.

Three ways in: a constructor without a seed asks the system; a program seeds by the clock, by its
process number or by the system's entropy; `torch.Generator.seed` draws one. What of these never
becomes a seed keeps its value, which is told from the program's text.
"""

from __future__ import annotations

import functools
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch

from benchmarks.flow import OUTSIDE, SEEDING, flows
from benchmarks.frames import is_standard, nearest

THROUGH = ("random.py", "secrets.py", "uuid.py")


def govern(seed: int) -> None:
    """Take over all ways in; the numbers come in the order in which the program asks."""
    numbers = random.Random(seed)
    _python(numbers)
    _numpy(numbers)
    _torch(numbers)
    for name in ("time", "perf_counter", "monotonic", "process_time"):
        _replace(time, name, lambda: float(numbers.getrandbits(30)))
    for name in ("time_ns", "perf_counter_ns", "monotonic_ns", "process_time_ns"):
        _replace(time, name, lambda: numbers.getrandbits(30))
    for name in ("getpid", "getppid"):
        _replace(os, name, lambda: numbers.getrandbits(30))
    _replace(os, "urandom", lambda size: numbers.getrandbits(8 * size).to_bytes(size, "big"))
    random._urandom = os.urandom  # type: ignore[attr-defined]


def _replace(module: Any, name: str, number: Callable[..., Any]) -> None:
    """Let a function of the system return `number` where that becomes a seed."""
    original = getattr(module, name)

    @functools.wraps(original)
    def governed(*args: Any) -> Any:
        own = nearest(sys._getframe(1), THROUGH)
        seeds = own and any(
            own.f_lineno in flow.given_lines
            for flow in flows(own.f_code.co_filename, SEEDING, OUTSIDE)
        )
        return number(*args) if seeds else original(*args)

    setattr(module, name, governed)


def _python(numbers: random.Random) -> None:
    original = random.Random.seed

    @functools.wraps(original)
    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        if a is None and not _asked_by_python(sys._getframe(1)):
            a = numbers.getrandbits(64)
        original(self, a, version)

    random.Random.seed = seed  # type: ignore[method-assign]
    random.seed = random._inst.seed


def _asked_by_python(frame: FrameType | None) -> bool:
    """Say whether Python's library asks for itself: names of temporary files, at any time and in
    any thread, would take the numbers that are the program's.
    """
    while frame is not None and Path(frame.f_code.co_filename).name == "random.py":
        frame = frame.f_back
    return frame is not None and is_standard(frame.f_code.co_filename)


def _numpy(numbers: random.Random) -> None:
    """All of NumPy's constructors ask for entropy by this name."""
    np.random.bit_generator.randbits = numbers.getrandbits  # type: ignore[attr-defined]


def _torch(numbers: random.Random) -> None:
    native = torch.Generator

    class Kind(type(native)):  # type: ignore[misc]
        def __instancecheck__(cls, one: object) -> bool:
            return isinstance(one, native)

    class Generator(native, metaclass=Kind):  # type: ignore[misc, valid-type]
        def seed(self) -> int:
            number = numbers.getrandbits(63)
            self.manual_seed(number)
            return number

    def seed() -> int:
        number = numbers.getrandbits(63)
        torch.manual_seed(number)
        return number

    torch.Generator = Generator
    torch.seed = torch.random.seed = seed
