"""Fingerprints of what a program holds beside its weights, after each step.

Tensors of optimizers, buffers, other models, numbers of optimizers, schedulers and scalers: what
benchmarks/harness/holdings.py finds. Large tensors that no step is expected to change are read as
benchmarks/harness/large.py says.
"""

from __future__ import annotations

import hashlib
import marshal
import operator
from collections.abc import Collection
from types import GeneratorType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from benchmarks.contract import Start
from benchmarks.harness.fingerprint import Fingerprint, Traced
from benchmarks.harness.forms import UnreadableError, hidden, is_lazy, octets
from benchmarks.harness.holdings import Holdings
from benchmarks.harness.large import LARGE, Large
from benchmarks.harness.many import Many
from benchmarks.harness.memory import content, size
from benchmarks.harness.program import Variables, chain, own_modules, variables
from benchmarks.harness.random_state import short
from benchmarks.harness.standing import Standing
from benchmarks.harness.stepped import Stepped
from benchmarks.harness.stored import Entry, Stored


class State:
    """Knows a program by its generator and its module; `start` it, then call it at every step."""

    def __init__(self, fingerprint: Fingerprint, events: Any, module: ModuleType | None) -> None:
        """Watch what `events`, the program's generator, and its modules hold."""
        self._fingerprint = fingerprint
        self._events = events
        self._own = own_modules(module) if module else {}
        self._start: Start | None = None
        self._standing = Standing(fingerprint)
        self._frames: list[Variables] = []
        self._weights: list[Tensor] = []
        self._stepped = Stepped()
        self._large = Large(fingerprint)
        self._heavy: set[str] = set()
        self._host: tuple[bytes, int] = (b"", 0)
        self._left_out: dict[str, None] = {}
        self._changed: set[str] = set()
        self._many = Many()
        self.holdings = Holdings({}, {})

    def close(self) -> None:
        """Stop to listen to optimizers."""
        self._stepped.close()

    def start(self, start: Start | None) -> None:
        """Know what the program named."""
        self._start = start

    # --- what is held ---

    def look(self, weights: dict[str, Tensor]) -> Holdings:
        """Find what is held now, beside `weights`."""
        now = list(weights.values())
        same = len(now) == len(self._weights) and all(map(operator.is_, now, self._weights))
        if not same or not self.holdings.refresh():
            self._weights = now
            self._walk(weights)
        return self.holdings

    def _walk(self, weights: dict[str, Tensor]) -> None:
        before = self.holdings
        known = {id(tensor): name for name, tensor in weights.items()}
        parts = (self._start.carried, *self._start.parts) if self._start else ()
        found = self.holdings = Holdings(known, self._own, {id(part) for part in parts})
        if parts:
            found.visit("carried", parts[0])
        self._variables(found)
        for module in self._own.values():
            items = vars(module).items()
            names = [Entry(None if key.startswith("__") else key, value) for key, value in items]
            found.children(Stored(vars(module).values(), names), 0)
        for part in parts[1:]:
            found.visit(type(part).__name__, part)
        stepped = [Entry(type(one).__name__, one) for one in self._stepped.alive()]
        found.children(Stored(self._stepped.alive, stepped), 0)
        for name, tensor in weights.items():
            found.attributes(name, tensor)
        found.sort()
        self._left_out.update(found.left_out)
        self._heavy = {
            name for name, value in found.tensors.items()
            if name not in found.steady and not is_lazy(value) and value.nbytes >= LARGE
        }  # fmt: skip
        both = before.loose.keys() & found.loose.keys()
        changed = {name for name in both if not _same(before.loose[name], found.loose[name])}
        self._changed |= before.changed | changed
        self._many.see(found.many)

    def _variables(self, found: Holdings) -> None:
        """Visit the program's own frames; what they held last, once it has ended."""
        if not isinstance(self._events, GeneratorType):
            found.visit("program", self._events)
            return
        self._read()
        entries = [Entry(*entry) for frame in self._frames for entry in frame.entries()]
        found.children(Stored(self._read, entries), 0)

    def _read(self) -> list[Any]:
        if self._events.gi_frame is not None:
            self._frames = [variables(one) for one in chain(self._events)]
        return [value for frame in self._frames for value in frame.values()]

    # --- its fingerprints ---

    def __call__(self, weights: dict[str, Tensor]) -> tuple[Tensor | int, int]:
        """Return the fingerprint of the state, in two addends: on the device and here."""
        self._stepped.calls += 1
        found = self.look(weights)
        small, large = self._parted(found, weights)
        if not (small or large or found.numbers or found.buffers):
            return 0, 0
        prints = [self._large(name, value) for name, value in large.items()]
        prints += [short(content(one)) for one in found.buffers.values() if size(one) < LARGE]
        numbers = [_number(value) for value in found.numbers.values()]
        said = marshal.dumps((numbers, prints), 2)  # a version that knows no shared objects
        if said != self._host[0]:
            self._host = said, short(said)
        try:
            return self._standing([*small.values()]), self._host[1]
        except UnreadableError:
            raise _named(small) from None

    def _parted(
        self, found: Holdings, weights: dict[str, Tensor]
    ) -> tuple[dict[str, Traced], dict[str, Traced]]:
        """Return the tensors to be read each time, and the large ones."""
        small: dict[str, Traced] = {}
        large: dict[str, Traced] = {}
        for name, value in found.tensors.items():
            (large if name in self._heavy else small)[name] = value
        for name, tensor in weights.items():
            if (inside := hidden(tensor)) is not None:
                small[f"{name} (memory between its elements)"] = inside
        return small, large

    # --- the end ---

    def finish(self, weights: dict[str, Tensor], anew: bool) -> tuple[int, str, list[str]]:
        """Return fingerprint, SHA-256 and names of all that is held ("" and none of nothing).

        The SHA-256 is over names and bytes; of a large tensor over its fingerprint. `anew`: read
        these in full.
        """
        if anew:
            self._large.forget()
        first, second = self(weights)
        self._changed |= self._many.changed(self.holdings.many)
        small, large = self._parted(self.holdings, weights)
        found: dict[str, bytes] = {}
        for name, value in small.items():
            form = f"{value.dtype} {[] if is_lazy(value) else list(value.shape)}\n"
            found[name] = form.encode() + octets(value)
        for name, value in large.items():
            found[name] = marshal.dumps(self._large(name, value), 2)
        for name, value in self.holdings.numbers.items():
            found[name] = marshal.dumps(_number(value), 2)
        found |= {name: content(value) for name, value in self.holdings.buffers.items()}
        if not found:
            return 0, "", []
        whole = hashlib.sha256()
        for name in sorted(found):
            whole.update(name.encode() + b" " + found[name])
        return (int(first) + second) % 2**64, whole.hexdigest(), sorted(found)

    def held(self, weights: dict[str, Tensor]) -> dict[str, Any]:
        """Return all of it by name; a large tensor only where it is not what it was at first."""
        small, large = self._parted(self.look(weights), weights)
        now = {name: self._large(name, value) for name, value in large.items()}
        moved = {
            n: value for n, value in large.items() if now[n] != self._large.first.get(n, now[n])
        }
        numbers = {name: _number(value) for name, value in self.holdings.numbers.items()}
        buffers = self.holdings.buffers.items()
        arrays = {name: np.frombuffer(content(value), np.uint8) for name, value in buffers}
        found = {**small, **moved, **numbers, **arrays}
        return {name: found[name] for name in sorted(found)}

    @property
    def optimizers(self) -> list[Optimizer]:
        """All that were found, or have taken a step."""
        found = self.holdings.optimizers
        return [*found, *(one for one in self._stepped.alive() if all(one is not x for x in found))]

    def leaves(self, known: Collection[int]) -> dict[str, Tensor]:
        """Return what else gets a gradient, beside the tensors whose ids are `known`."""
        held = {
            name: value for name, value in self.holdings.tensors.items()
            if isinstance(value, Tensor) and value.requires_grad and value.is_leaf
        }  # fmt: skip
        groups = [group for one in self.holdings.optimizers for group in one.param_groups]
        tensors = [one for group in groups for one in group["params"]]
        held |= {self.holdings.name(one): one for one in tensors if id(one) not in known}
        return held

    @property
    def generators(self) -> list[Any]:
        """The program's own random generators, by the order of their names."""
        return [one for _, one in sorted(self.holdings.generators.items())]

    @property
    def unwatched(self) -> list[str]:
        """What was seen and does not count, in words."""
        changed = sorted(self._changed | self.holdings.changed)
        names = [name for name in changed if not name.rpartition(".")[2].startswith("_")]
        return [*self._left_out, *([f"numbers: {', '.join(names[:20])}"] if names else [])]


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _same(a: Any, b: Any) -> bool:
    return repr(a) == repr(b)


def _named(values: dict[str, Traced]) -> UnreadableError:
    """Return the error that names which of `values` cannot be read."""
    check = Fingerprint(torch.device("cpu"))
    for name, value in values.items():
        try:
            check([value])
        except UnreadableError as error:
            return UnreadableError(f"{name} {error}")
    return UnreadableError("a tensor of the program cannot be read")
