"""Which line of the program draws from a global generator: told by where the generators stand.

Between one line of the program's own and the next the generators are looked at, not the calls:
whatever draws, in Python or not, is seen, and nothing is drawn or moved.
"""

from __future__ import annotations

import ctypes
import hashlib
import linecache
import random
import re
import sys
import threading
from collections import defaultdict
from types import CodeType, FrameType
from typing import Any

import numpy as np
import torch

from benchmarks.frames import nearest, place, shortened
from benchmarks.harness.seeds import Note, Seeds
from benchmarks.harness.unrecorded import unrecorded

NAMES = ("PyTorch's generator", "NumPy's generator", "Python's generator")
PYTHON = 16, 16
"""Where CPython keeps the place in its Mersenne twister and the first words, in bytes."""
WORDS = 624
"""Of a Mersenne twister's state; as many numbers are made at a time."""
SETS = re.compile(r"seed|set_(rng_)?state|setstate|fork_rng")
"""In a line that sets a generator; what it does is no draw."""

Line = tuple[CodeType, int]
Place = tuple[str, str]
"""A generator, and a place of the program that draws from it."""


@unrecorded
def _stand() -> tuple[bytes, bytes, bytes]:
    """Return where the generators stand; enough of each state to see that it moved."""
    numpy = np.random.mtrand._rand._bit_generator
    if type(numpy) is np.random.MT19937:
        address = numpy.ctypes.state_address
        of_numpy = ctypes.string_at(address, 8) + ctypes.string_at(address + 4 * 624, 4)
    else:
        of_numpy = repr(numpy.state).encode()
    of_python = ctypes.string_at(id(random._inst) + PYTHON[0], PYTHON[1])
    return torch.default_generator.get_state().numpy().tobytes(), of_numpy, of_python


def _is_fresh(numpy: bytes) -> bool:
    """Say whether NumPy's generator was seeded and has given nothing since."""
    return len(numpy) == 12 and int.from_bytes(numpy[8:], sys.byteorder) == WORDS


class Draws:
    """Credits every move of a generator to the line of the program that its thread is at."""

    def __init__(self, note: Note, seeds: Seeds) -> None:
        """Report each draw, late seed and shared generator to `note`: kind, what, place.

        What a line makes of NumPy's goes to `seeds`: how that is seeded no interpreter tells.
        """
        self._note, self._seeds = note, seeds
        self._last = _stand()
        self._at: dict[int, Line] = {}
        self._first: dict[str, str] = {}
        self._known: set[Place] = set()
        self._by: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.begun = False

    def settle(self) -> None:
        """Take where the generators stand now for given: what moved them was not the program."""
        self._last = _stand()
        self._at.clear()

    def enter(self, frame: FrameType) -> None:
        """Be told that a function of the program begins, or a generator goes on."""
        self._look()
        self._at[threading.get_ident()] = frame.f_code, frame.f_lineno

    def line(self, frame: FrameType, event: str, _arg: Any) -> None:
        """Be told of the next line of such a function, or that it returns."""
        self._look()
        if event == "return":
            outer = nearest(frame.f_back)
            if outer is None:
                return
            frame = outer
        self._at[threading.get_ident()] = frame.f_code, frame.f_lineno

    def _look(self) -> None:
        now = _stand()
        if now != self._last:
            at = self._at.get(threading.get_ident())
            moved = [n for n, a, b in zip(NAMES, self._last, now, strict=True) if a != b]
            self._last = now
            if at is not None:
                for name in moved:
                    self._credit(name, *at)

    def _credit(self, name: str, code: CodeType, line: int) -> None:
        text, where = linecache.getline(code.co_filename, line), place(code, line)
        if SETS.search(text):
            if name in self._first and not self.begun:
                what = f"{name}: {shortened(text)}, after it was drawn from at {self._first[name]}"
                self._note("late seed", what, where)
            if name == NAMES[1] and "seed" in text and _is_fresh(self._last[1]):
                self._seeds.given(shortened(text), where, self._last[1], name)
            return
        self._first.setdefault(name, where)
        self._note("draw", f"{name}: {shortened(text)}", where)
        if (name, where) not in self._known:  # two runs tell whether it stands elsewhere then
            self._known.add((name, where))
            digest = hashlib.sha256(self._last[NAMES.index(name)]).hexdigest()[:8]
            self._note("stand", f"{name}: {shortened(text)} [{digest}]", where)
        self.shared(name, where)

    def shared(self, name: str, where: str) -> None:
        """Count a draw by this thread; report a generator that several threads draw from.

        Twice each: a single draw may be one thread's, seen at the other's next line.
        """
        threads = self._by[name]
        threads[threading.current_thread().name] += 1
        often = sorted(thread for thread, count in threads.items() if count > 1)
        if len(often) > 1:
            self._note("threads", f"{name}, drawn by {' and '.join(often)}", where)


def moved(most: int = 10_000_000) -> int | None:
    """Return how many numbers PyTorch's generator has given since its seed; None: above `most`.

    By walking a Mersenne twister of that seed to where it stands; nothing of it is moved.
    """
    state = torch.default_generator.get_state().numpy().view(np.uint64)
    seed, behind, there = int(state[0]), int(state[2]), state[3 : 3 + WORDS].astype(np.uint32)
    twister: Any = np.random.MT19937()
    twister.state = np.random.RandomState(seed % 2**32).get_state(legacy=False)
    for given in range(0, most, WORDS):
        if (twister.state["state"]["key"] == there).all():
            return given - (WORDS - behind) if given else 0
        twister.random_raw(WORDS)
    return None


def supported() -> bool:
    """Say whether this interpreter keeps Python's generator where it is looked for."""
    return sys.implementation.name == "cpython" and sys.version_info >= (3, 11)
