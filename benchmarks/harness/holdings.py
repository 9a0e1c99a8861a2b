"""What a program holds: a walk over its variables that touches nothing.

From the variables of the program's generator that will be read again, its closures, the globals of
its own modules, what `Start` names and every optimizer that has taken a step, the walk follows
containers, modules, optimizers, schedulers, scalers, functions, suspended generators and other
objects by what they store. No code of the program runs: no property, no `state_dict`, no iteration
but over Python's own containers. What is reached twice counts once, by its first name.
"""

from __future__ import annotations

import functools
import types
from collections import deque
from typing import Any

import numpy as np
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from benchmarks.harness.fingerprint import Traced
from benchmarks.harness.found import Place
from benchmarks.harness.modules import of_module
from benchmarks.harness.objects import MACHINERY, PLAIN, Objects
from benchmarks.harness.opaque import is_imported, of_foreign
from benchmarks.harness.program import FIXED, ITERATORS, SUSPENDED, frame_of, variables
from benchmarks.harness.random_state import PRIVATE, is_global
from benchmarks.harness.stored import (
    INERT,
    Entry,
    Stored,
    is_number,
    of_class,
    of_function,
    of_iterator,
    of_optimizer,
    of_rest,
    of_scaler,
    stored_in,
)  # fmt: skip

OBJECTS, LEVELS = 10_000, 16
"""Objects that are looked at, and how far down."""


class Holdings(Objects):
    """What a program holds; `visit` what it begins with."""

    def visit(self, name: str, value: Any, level: int = 0, *, watched: bool = False) -> Place:
        """Look at a value and at what it holds; `watched`: its numbers count too."""
        kind = type(value)
        if kind in INERT:
            return "inert", name
        if is_number(value):
            group = "numbers" if watched else "loose"
            return group, self.put(getattr(self, group), name, value)
        if id(value) in self._names or is_imported(value):
            self._shared.add(id(value))
            return None
        if level > LEVELS or len(self._names) > OBJECTS:
            self.left_out[f"{name} lies too deep, or behind too much, to be looked at"] = None
            return None
        self._names[id(value)] = name
        watched = watched or id(value) in self._counted
        try:
            if issubclass(kind, Tensor | np.ndarray):
                return self._tensor(name, value, level, watched)
            if not self.memory(name, value, level, watched):
                self._inside(name, value, kind, level, watched)
        except Exception as error:  # one object that cannot be read is no reason to see no other
            why = f"could not be looked at: {type(error).__name__}"
            self.left_out[f"{name}, of the type {kind.__qualname__}, {why}"] = None
        return None

    def attributes(self, name: str, value: Traced, level: int = 0) -> None:
        """Visit what was attached to a tensor or an array: a subclass may keep a mask there."""
        if stored := stored_in(value):
            self.mapping(name, stored, level)
        if type(value) not in PLAIN:
            self.slots(name, value, level)

    def _tensor(self, name: str, value: Traced, level: int, watched: bool) -> Place:
        self.attributes(name, value, level)
        if isinstance(value, Tensor):
            why = "is on the meta device and holds no bits" if value.is_meta else ""
        else:
            why = "is a numpy array of Python objects" if value.dtype.hasobject else ""
        if why:
            self.left_out[f"{name} {why}"] = None
            return None
        name = self.put(self.tensors, name, value)
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
            self.children(of_rest(name, value.__dict__), level)
        elif issubclass(kind, LRScheduler):
            self.mapping(name, value.__dict__, level, watched=True)
        elif issubclass(kind, dict):
            self.mapping(name, value, level, watched)
            self.beside(name, value, level, watched)
        elif issubclass(kind, list | tuple | deque):
            self.sequence(name, value, level, watched)
            self.beside(name, value, level, watched)
        elif not self._running(name, value, kind, level):
            self._other(name, value, kind, level, watched)
            return
        self.slots(name, value, level, watched)

    def _running(self, name: str, value: Any, kind: type, level: int) -> bool:
        """Visit what gives one value after another; return False for what is no such."""
        if issubclass(kind, PRIVATE):
            if not is_global(value):
                self.generators[name] = value
            if kind not in PRIVATE and (stored := stored_in(value)) is not None:
                self.children(of_rest(name, stored), level)
        elif issubclass(kind, tuple(SUSPENDED)):
            frame = frame_of(value)
            if frame and frame.f_globals.get("__name__") in self._own:
                self._frame(name, value, level)
        elif issubclass(kind, ITERATORS):
            self.children(of_iterator(name, value, self._own), level)
        else:
            return False
        return True

    def _module(self, name: str, value: nn.Module, level: int) -> None:
        for stored in of_module(name, value):
            self.children(stored, level)
        for kind in type(value).__mro__:
            if kind.__module__ not in self._own and id(kind) not in self._names:
                self._names[id(kind)] = kind.__qualname__
                self.children(of_foreign(kind), level)

    def _other(self, name: str, value: Any, kind: type, level: int, watched: bool) -> None:
        """Visit a function, a class or an object, and forget again one that holds nothing.

        What is the program's own is looked at in every step: it may come to hold something.
        """
        nodes, found = len(self._nodes), self.count()
        own = kind.__module__ in self._own
        if kind in (types.FunctionType, types.MethodType) or issubclass(kind, functools.partial):
            module = str(getattr(value, "__module__", None))
            if kind is not types.FunctionType or not module.startswith(MACHINERY):
                self.children(of_function(name, value, self._own), level)
            own = module in self._own
        elif issubclass(kind, type):
            own = value.__module__ in self._own
            if own or issubclass(value, nn.Module):
                self.children(of_class(name, value) if own else of_foreign(value), level)
        else:
            own = self.object(name, value, kind, level, watched) or own
        if self.count() == found and not own:
            del self._nodes[nodes:]

    def _frame(self, name: str, generator: Any, level: int) -> None:
        entries = [
            Entry(key if key == FIXED else f"{name}.{key}", value)
            for key, value in variables(generator).entries()
        ]
        self.children(Stored(lambda: variables(generator).values(), entries), level)
