"""Observes where randomness from outside the seeds comes in, and which lines draw: `--observe`.

By the interpreter's own trace and profile functions: nothing of the program is replaced, no
generator moves, no bit changes. Only the process itself is seen, with its threads: workers of a
loader and other processes are not.
"""

from __future__ import annotations

import os
import random
import re
import sys
import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

import torch
from torch import nn

from benchmarks.flow import CLOCKS, OUTSIDE, PROCESS, SEEDING, flows
from benchmarks.frames import call_text, is_own, named, nearest, place
from benchmarks.harness.aside import Aside
from benchmarks.harness.asked import Asked
from benchmarks.harness.draws import Draws, moved
from benchmarks.harness.fresh import Fresh
from benchmarks.harness.late import too_late
from benchmarks.harness.orders import Orders
from benchmarks.harness.processes import Processes
from benchmarks.harness.seeds import Seeds

MOST = 1000
"""Entries; a program that draws in more places is not told more by the rest."""
SEEDERS = ("random.py", "secrets.py", "uuid.py")
"""Files of Python that may lie between the program and the system's entropy that it asks for."""
SEEDED_ANEW = re.compile(r"RandomState\((?!None|seed=None|\))")
"""NumPy asks for entropy first, then takes the seed that it was given."""
Hook = Callable[[FrameType], None]


class Observer:
    """Listens from `begin` to `end`; `found` is what a record keeps as its `sources`."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._seen: dict[tuple[str, str, str], list[int]] = {}
        self._step, self._lingers = -1, False
        self._seeds = Seeds(self._note)
        self._draws = Draws(self._note, self._seeds)
        self._fresh, self._aside, self._asked = Fresh(), Aside(), Asked(self._note)
        self._orders = orders = Orders(self._note)
        functional = nn.functional
        self._python: dict[CodeType, Hook] = {
            random.Random.seed.__code__: self._python_seed,
            random.SystemRandom.seed.__code__: self._entropy,
            torch.random.seed.__code__: self._entropy,
            torch.random.manual_seed.__code__: self._seeds.torch,
            type(os.environ).__setitem__.__code__: self._variable,
            **Processes(self._note).called,
            **orders.called,
        }
        for name in ("dropout", "alpha_dropout", "dropout1d", "dropout2d", "dropout3d"):
            self._python[getattr(functional, name).__code__] = self._dropout
        self._native: dict[str, Hook] = dict.fromkeys(OUTSIDE - {"urandom"}, self._read)
        self._native |= {"urandom": self._urandom}
        self._returned = orders.returned | {
            nn.Parameter.__new__.__code__: self._made,
            nn.parameter.Buffer.__new__.__code__: self._made,
            nn.Module.register_buffer.__code__: self._registered,
        }

    def begin(self) -> None:
        """Listen, in threads that begin from now on too."""
        self._draws.settle()
        self._aside.begin()
        self._asked.listen()
        os.register_at_fork(after_in_child=_deaf)
        for where in (sys, threading):
            where.setprofile(self._profile)
            where.settrace(self._trace)

    def start(self, weights: Any) -> None:
        """Be told of what is going to be trained."""
        for name, where in self._fresh.unwritten(weights):
            self._note("uninitialised", f"{name} is never initialised", where)
        if given := moved():
            what = f"PyTorch's generator had given {given:,} numbers since its seed"
            self._note("draw", what, "before the first step")
        self._step = 0
        self._draws.begun = True

    def step(self) -> None:
        """Be told that a step was taken."""
        self.at(self._step + 1)

    def at(self, step: int) -> None:
        """Be told which step is under way; what was noted of a later one belongs to it."""
        self._step = step
        for entry in [*self._seen.values()]:  # other threads may note something meanwhile
            entry[0] = min(entry[0], step)

    def linger(self) -> bool:
        """Listen on to nothing but what comes at lines that may yet tell an order; say if any do.

        Of values others may have come so far, and the same ones in another order in the end.
        """
        sys.settrace(None)
        threading.settrace(None)
        self._lingers = True
        return self._orders.mark()

    def end(self) -> list[dict[str, Any]]:
        """Listen no more, and return what was found, in the order in which it was first seen."""
        self._aside.end()
        self._asked.end()
        for where in (sys, threading):
            where.settrace(None)
            where.setprofile(None)
        self._orders.end()
        return [
            {"kind": kind, "what": what, "place": where, "step": step, "count": count}
            for (kind, what, where), (step, count) in [*self._seen.items()]
        ]

    def _note(self, kind: str, what: str, where: str) -> None:
        entry = self._seen.get((kind, what, where))
        if entry is not None:
            entry[1] += 1
        elif len(self._seen) < MOST:
            self._seen[kind, what, where] = [self._step, 1]

    def _at(self, kind: str, what: str, frame: FrameType) -> None:
        self._note(kind, what, place(frame.f_code, frame.f_lineno))

    # What the interpreter calls.

    def _trace(self, frame: FrameType, _event: str, _arg: Any) -> Any:
        code = frame.f_code
        if hook := self._python.get(code):
            hook(frame)
        if not is_own(code.co_filename):
            return None
        self._draws.enter(frame)
        return self._local

    def _local(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event in ("line", "return"):
            self._draws.line(frame, event, arg)
        return self._local

    def _profile(self, frame: FrameType, event: str, arg: Any) -> None:
        if self._lingers:
            self._orders.value(frame, event, arg)
        elif event == "c_call":
            hook = self._native.get(arg.__name__)
            if hook is not None:
                hook(frame)
            elif arg.__name__ == "seed" and isinstance(arg.__self__, torch.Generator):
                self._entropy(frame)
            elif arg.__name__ in ("random", "getrandbits"):
                self._own_draw(frame, arg.__self__)
        elif event == "c_return":
            if arg.__name__ == "manual_seed":
                self._seeds.made(frame, arg.__self__)
            self._orders.value(frame, event, arg)
        elif event == "return":
            if told := self._returned.get(frame.f_code):
                told(frame, arg)
            self._orders.value(frame, event, arg)

    # What is made of it.

    def _made(self, frame: FrameType, tensor: Any) -> None:
        if frame.f_back is not None:
            self._fresh.made(tensor, frame.f_back)

    def _registered(self, frame: FrameType, _nothing: Any) -> None:
        self._made(frame, frame.f_locals["tensor"])

    def _entropy(self, frame: FrameType) -> None:
        """A generator takes its seed from the system."""
        if own := nearest(frame, ("random.py",)):
            self._at("entropy", call_text(own), own)

    def _python_seed(self, frame: FrameType) -> None:
        if frame.f_locals.get("a") is None:
            self._entropy(frame)
        else:
            self._seeds.python(frame)

    def _urandom(self, frame: FrameType) -> None:
        """The system's entropy: for a constructor (NumPy's too, which asks as `secrets` does),
        or for the program itself.
        """
        own = nearest(frame, SEEDERS)
        if own is None:
            return
        text = call_text(own)
        if frame is own or not any(f"{name}(" in text for name in SEEDING):
            self._read(frame)
        elif not SEEDED_ANEW.search(text):
            self._at("entropy", text, own)

    def _read(self, frame: FrameType) -> None:
        """The clock, a process number or entropy; where it becomes a seed, that is named."""
        own = nearest(frame, SEEDERS)
        if own is None:
            return
        text, file = call_text(own), own.f_code.co_filename
        self._at("read", text, own)
        for flow in flows(file, SEEDING, OUTSIDE):
            if own.f_lineno in flow.given_lines:
                what = f"{flow.text}(<from {_from(flow.given)}>)"
                self._note("entropy", what, named(file, flow.lines[0], flow.function))

    def _own_draw(self, frame: FrameType, generator: Any) -> None:
        own = nearest(frame, ("random.py",))
        if own and threading.active_count() > 1 and generator is not random._inst:
            where = place(own.f_code, own.f_lineno)
            self._draws.shared(f"a random.Random of the program ({call_text(own)})", where)

    def _variable(self, frame: FrameType) -> None:
        own = nearest(frame, ("os.py", "_collections_abc.py", "<frozen os>"))
        if own is not None and (said := too_late(frame.f_locals["key"], frame.f_locals["value"])):
            self._at("late variable", said, own)

    def _dropout(self, frame: FrameType) -> None:
        """Dropout while no gradient is wanted: somebody evaluates a model that is in training."""
        given = frame.f_locals
        active = given.get("training") and given.get("p", 0) > 0
        own = nearest(frame)
        if active and own is not None and not torch.is_grad_enabled():
            self._at("dropout", f"dropout is active without gradients: {call_text(own)}", own)


def _from(names: frozenset[str]) -> str:
    """Say in words where a seed comes from."""
    found = [
        *(["the clock"] if names & CLOCKS else []),
        *(["the process number"] if names & PROCESS else []),
        *(["the system"] if names - CLOCKS - PROCESS else []),
    ]
    return " and ".join(found)


def _deaf() -> None:
    """Listen to nothing in a forked process, which cannot tell."""
    sys.settrace(None)
    sys.setprofile(None)
