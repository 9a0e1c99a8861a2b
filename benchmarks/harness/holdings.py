"""What a program holds: a walk over its variables that touches nothing.

From the variables of the program's generator that will be read again, its closures, the globals of
its own modules, what `Start` names and every optimizer that has taken a step, the walk follows
containers, modules, optimizers, schedulers, scalers, functions, suspended generators and other
objects by what they store. No code of the program runs: no property, no `state_dict`, no iteration
but over Python's own containers. What is reached twice counts once, by its first name.
"""

from __future__ import annotations

import functools
import sys
import types
from collections import deque
from typing import Any

import numpy as np
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data.dataloader import _BaseDataLoaderIter

from benchmarks.harness.fingerprint import Traced
from benchmarks.harness.found import Found, Node, Place
from benchmarks.harness.program import FIXED, ITERATORS, variables
from benchmarks.harness.random_state import PRIVATE, is_global
from benchmarks.harness.stored import (
    INERT,
    NUMBERS,
    Entry,
    Source,
    Stored,
    is_number,
    newest,
    of_class,
    of_function,
    of_iterator,
    of_module,
    of_optimizer,
    of_scaler,
    of_slots,
    stored_in,
)  # fmt: skip

OBJECTS, LEVELS = 10_000, 16
"""Objects that are looked at, and how far down."""
TAIL = 64
"""Of a longer sequence only this many elements at its end are looked at: what comes in last."""

STORED = {
    "argparse", "builtins", "collections", "functools", "queue", "types", "typing", "weakref",
}  # fmt: skip
"""Modules of the standard library whose objects may hold what is a program's."""
MACHINERY = (
    "torch._", "torch.autograd", "torch.cuda", "torch.distributed", "torch.fx",
    "torch.multiprocessing", "torch.profiler", "benchmarks.contract", "benchmarks.harness",
)  # fmt: skip


class Holdings(Found):
    """What a program holds; `visit` what it begins with."""

    def visit(self, name: str, value: Any, level: int = 0, *, watched: bool = False) -> Place:
        """Look at a value and at what it holds; `watched`: its numbers count too."""
        kind = type(value)
        if kind in INERT:
            return "inert", name
        if is_number(value):
            group = "numbers" if watched else "loose"
            return group, self._put(getattr(self, group), name, value)
        if id(value) in self._names:
            self._shared.add(id(value))
            return None
        if level > LEVELS or len(self._names) > OBJECTS:
            self.left_out[f"{name} lies too deep, or behind too much, to be looked at"] = None
            return None
        self._names[id(value)] = name
        watched = watched or id(value) in self._counted
        if issubclass(kind, Tensor | np.ndarray):
            return self._tensor(name, value, level, watched)
        self._inside(name, value, kind, level, watched)
        return None

    def attributes(self, name: str, value: Traced, level: int = 0) -> None:
        """Visit what was attached to a tensor or an array: a subclass may keep a mask there."""
        if stored := stored_in(value):
            self._mapping(name, stored, level)

    def _put(self, group: dict[str, Any], name: str, value: Any) -> str:
        while name in group:
            name += "'"
        group[name] = value
        return name

    def _tensor(self, name: str, value: Traced, level: int, watched: bool) -> Place:
        self.attributes(name, value, level)
        if isinstance(value, Tensor):
            why = "is on the meta device and holds no bits" if value.is_meta else ""
        else:
            why = "is a numpy array of Python objects" if value.dtype.hasobject else ""
        if why:
            self.left_out[f"{name} {why}"] = None
            return None
        name = self._put(self.tensors, name, value)
        if watched:
            self.steady.add(name)
        return "tensors", name

    def _inside(self, name: str, value: Any, kind: type, level: int, watched: bool) -> None:
        if issubclass(kind, nn.Module):
            self._module(name, value, level)
        elif issubclass(kind, Optimizer):
            self.optimizers.append(value)
            self.children(of_optimizer(name, value), level)
        elif issubclass(kind, GradScaler):
            self.children(of_scaler(name, value), level)
        elif issubclass(kind, LRScheduler):
            self._mapping(name, value.__dict__, level, watched=True)
        elif issubclass(kind, dict):
            self._mapping(name, value, level, watched)
        elif issubclass(kind, list | tuple | deque):
            self._sequence(name, value, level, watched)
        elif issubclass(kind, PRIVATE):
            if not is_global(value):
                self.generators[name] = value
        elif issubclass(kind, types.GeneratorType):
            if value.gi_frame and value.gi_frame.f_globals.get("__name__") in self._own:
                self._frame(name, value, level)
        elif issubclass(kind, ITERATORS):
            self.children(of_iterator(name, value), level)
        else:
            self._other(name, value, kind, level, watched)

    def _module(self, name: str, value: nn.Module, level: int) -> None:
        for stored in of_module(name, value):
            self.children(stored, level)

    def _other(self, name: str, value: Any, kind: type, level: int, watched: bool) -> None:
        """Visit a function, a class or an object, and forget again one that holds nothing.

        What is the program's own is looked at in every step: it may come to hold something.
        """
        nodes, found = len(self._nodes), self._count()
        own = kind.__module__ in self._own
        if kind in (types.FunctionType, types.MethodType) or issubclass(kind, functools.partial):
            self.children(of_function(name, value, self._own), level)
            own = getattr(value, "__module__", None) in self._own
        elif issubclass(kind, type):
            if own := value.__module__ in self._own:
                self.children(of_class(name, value), level)
        else:
            self._object(name, value, kind, level, watched)
        if self._count() == found and not own:
            del self._nodes[nodes:]

    def _count(self) -> int:
        return sum(map(len, (self.tensors, self.numbers, self.generators, self.optimizers)))

    def children(self, stored: Stored, level: int) -> None:
        """Visit what a container stores."""
        node = Node(stored.source, [entry.value for entry in stored.entries])
        if type(stored.source) is not tuple:  # in which nothing can be replaced
            self._nodes.append(node)
        for i in dict.fromkeys((*stored.order, *range(len(stored.entries)))):
            name, value, watched = stored.entries[i]
            if name == FIXED:
                node.places[i] = None
            elif name is not None:
                node.places[i] = self.visit(name, value, level + 1, watched=watched)

    def _mapping(self, name: str, found: dict[Any, Any], level: int, watched: bool = False) -> None:
        """Visit a dict: by its keys where they are texts, whose order may change by a reload."""
        items = list(dict.items(found))
        kinds = set(map(type, dict.values(found)))
        if len(items) > TAIL and kinds <= INERT | NUMBERS and not watched:
            self._newest(name, lambda: [*dict.values(found)][-1:], level)
            return
        entries = [Entry(self._key(name, i, key), v, watched) for i, (key, v) in enumerate(items)]
        texts = all(type(key) is str for key, _ in items)
        order = sorted(range(len(items)), key=lambda i: items[i][0]) if texts else ()
        self.children(Stored(dict.values(found), entries, order), level)

    def _key(self, name: str, index: int, key: Any) -> str:
        """Return the name of what stands under a key, the same in every run: no address."""
        if type(key) is str:
            return f"{name}.{key}"
        if type(key) is bool or (type(key) is int and abs(key) < 2**20):
            return f"{name}[{key}]"
        return f"{name}[{self._names.get(id(key), f'#{index}')}]"

    def _sequence(self, name: str, found: Any, level: int, watched: bool) -> None:
        if len(found) > TAIL:
            self._long(name, found, level, watched)
        elif found and set(map(type, found)) <= INERT | NUMBERS and not watched:
            self._newest(name, newest(found, 1), level)
        else:
            entries = [Entry(f"{name}[{i}]", one, watched) for i, one in enumerate(found)]
            plain = type(found) in (tuple, list, deque)
            self.children(Stored(found if plain else found.__iter__, entries), level)

    def _newest(self, name: str, source: Source, level: int) -> None:
        """Of many values that do not count look at the newest alone: whether it is still one."""
        values = source() if callable(source) else source
        self.children(Stored(source, [Entry(name, value) for value in values]), level)

    def _long(self, name: str, found: Any, level: int, watched: bool) -> None:
        nodes, count = len(self._nodes), self._count()
        begin = len(found) - TAIL
        entries = [Entry(f"{name}[{i}]", found[i], watched) for i in range(begin, len(found))]
        self.children(Stored(newest(found, TAIL), entries), level)
        if self._count() > count:
            self.left_out[f"{name}: only the last {TAIL} of its elements were looked at"] = None
        else:
            del self._nodes[nodes:]
            self._newest(name, newest(found, 1), level)

    def _frame(self, name: str, generator: Any, level: int) -> None:
        entries = [
            Entry(key if key == FIXED else f"{name}.{key}", value)
            for key, value in variables(generator).entries()
        ]
        self.children(Stored(lambda: variables(generator).values(), entries), level)

    def _object(self, name: str, value: Any, kind: type, level: int, watched: bool) -> None:
        """Visit what an object stores: its `__dict__` and its slots, never its properties."""
        package = kind.__module__.partition(".")[0]
        standard = package in sys.stdlib_module_names and package not in STORED
        if standard or kind.__module__.startswith(MACHINERY):
            return
        if issubclass(kind, _BaseDataLoaderIter):
            return
        if issubclass(kind, set | frozenset):
            if not set(map(type, value)) <= INERT | NUMBERS | {tuple}:
                self.left_out[f"{name} is a set, whose order is none"] = None
            return
        if (stored := stored_in(value)) is not None:
            self._mapping(name, stored, level, watched)
        if slots := of_slots(name, value, watched=watched):
            self.children(slots, level)
