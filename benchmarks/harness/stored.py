"""What objects of each kind store, by name: read without running any code of theirs."""

from __future__ import annotations

import functools
import gc
import sys
import types
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.amp import GradScaler
from torch.optim import Optimizer

from benchmarks.harness.program import ITERATING

NUMBERS = {bool, int, float, complex}
INERT = {
    type(None), str, bytes, bytearray, range, slice, torch.device, torch.dtype, torch.Size,
    types.BuiltinFunctionType, types.ModuleType,
}  # fmt: skip
STANDARD = frozenset(vars(nn.Module()))
PARTS = ("_parameters", "_buffers", "_modules")
SCALER = ("growth_factor", "backoff_factor", "growth_interval")


class Entry(NamedTuple):
    """What stands at one place; `watched`: its numbers count.

    Without a name it is not looked at; named `FIXED` it must not change.
    """

    name: str | None
    value: Any
    watched: bool = False


class Stored(NamedTuple):
    """The entries of a container as `read` gives their values again; those of `order` come first.

    `order` holds indices of entries.
    """

    read: Callable[[], Iterable[Any]]
    entries: Sequence[Entry]
    order: Sequence[int] = ()


def is_number(value: Any) -> bool:
    """Say whether this is a plain number, of Python or of NumPy."""
    kind = type(value)  # not isinstance, which may ask the object itself
    return kind in NUMBERS or issubclass(kind, np.number | np.bool_)


def tail(found: Any, count: int) -> list[Any]:
    """Return the last `count` elements of a sequence."""
    return [found[i] for i in range(max(0, len(found) - count), len(found))]


def stored_in(value: Any) -> dict[str, Any] | None:
    """Return an object's own `__dict__`, however it answers; None where it has none."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None
    return found if type(found) is dict else None


def of_module(name: str, module: nn.Module) -> Stored:
    """Return a module's parameters, all its buffers, its modules and its other attributes."""
    own = module.__dict__
    transient = own.get("_non_persistent_buffers_set", ())
    entries = [
        Entry(None if key in STANDARD else f"{name}.{key}", value) for key, value in own.items()
    ]
    for part in PARTS:
        for key, value in own.get(part, {}).items():
            entries.append(Entry(f"{name}.{key}" + " (buffer)" * (key in transient), value))
    return Stored(functools.partial(_module_values, own), entries)


def _module_values(own: dict[str, Any]) -> list[Any]:
    found = [*own.values()]
    for part in PARTS:
        found += own.get(part, {}).values()
    return found


def of_optimizer(name: str, optimizer: Optimizer) -> Stored:
    """Return groups, state and what else it has; the groups first, whose tensors name the state.

    Private numbers do not count: some tell only how it was called.
    """
    own = optimizer.__dict__
    labels = {"param_groups": f"{name}.group", "defaults": None}
    entries = [
        Entry(labels.get(key, f"{name}.{key}"), value, not key.startswith("_"))
        for key, value in own.items()
    ]
    return Stored(own.values, entries, [[*own].index("param_groups")])


def of_scaler(name: str, scaler: GradScaler) -> Stored:
    """Return what a scaler goes on from; before its first use its scale is a plain number."""
    keys = ("scale", "growth_tracker", *SCALER)
    values = _scaler_values(scaler)
    entries = [Entry(f"{name}.{key}", v, True) for key, v in zip(keys, values, strict=True)]
    return Stored(functools.partial(_scaler_values, scaler), entries)


def _scaler_values(scaler: GradScaler) -> list[Any]:
    own = scaler.__dict__
    pairs = [("_scale", "_init_scale"), ("_growth_tracker", "_init_growth_tracker")]
    held = [own.get(now) if own.get(now) is not None else own.get(then) for now, then in pairs]
    return [*held, *(own.get(f"_{key}") for key in SCALER)]


def of_iterator(name: str, iterator: Any) -> Stored:
    """Return the generators and iterators that one of Python's own iterators goes through."""

    def read() -> list[Any]:
        found = gc.get_referents(iterator)
        inner = [x for one in found for x in (one if type(one) is tuple else (one,))]
        return [x for x in inner if type(x) in ITERATING]

    return Stored(read, [Entry(f"{name}[{i}]", x) for i, x in enumerate(read())])


def of_class(name: str, kind: type) -> Stored:
    """Return the attributes of a class, and those of its functions that carry something along."""
    entries = [
        Entry(None if _is_bare(value) else f"{name}.{key}", value)
        for key, value in vars(kind).items()
    ]
    return Stored(vars(kind).values, entries)


def _is_bare(value: Any) -> bool:
    return type(value) is types.FunctionType and not (
        value.__closure__ or value.__defaults__ or value.__kwdefaults__ or value.__dict__
    )


def of_function(name: str, function: Any, own: Collection[str]) -> Stored:
    """Return what a function of a module of `own`, a method or a partial one carries along."""

    def entries() -> list[Entry]:
        if isinstance(function, functools.partial):
            found = {"args": function.args, "keywords": function.keywords, "": function.func}
        elif isinstance(function, types.MethodType):
            found = {"": function.__self__}
        else:
            found = _closure(function) if function.__module__ in own else {}
        return [Entry(f"{name}.{key}".rstrip("."), value) for key, value in found.items()]

    return Stored(lambda: [entry.value for entry in entries()], entries())


def _closure(function: types.FunctionType) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[key] = cell.cell_contents
        except ValueError:  # not yet set
            found[key] = None
    more = {"defaults": function.__defaults__, "kwdefaults": function.__kwdefaults__}
    return {**found, **more, "dict": function.__dict__}


def of_slots(name: str, value: Any, *, watched: bool) -> Stored | None:
    """Return what an object keeps in slots that its class declares; None where it has none."""
    slots = [
        slot for base in type(value).__mro__ for slot in vars(base).values()
        if type(slot) is types.MemberDescriptorType
        and base.__module__.partition(".")[0] not in {"torch", *sys.stdlib_module_names}
    ]  # fmt: skip
    if not slots:
        return None

    def read() -> list[Any]:
        found = []
        for slot in slots:
            try:
                found.append(slot.__get__(value))
            except AttributeError:  # not set
                found.append(None)
        return found

    entries = [
        Entry(f"{name}.{slot.__name__}", one, watched)
        for slot, one in zip(slots, read(), strict=True)
    ]
    return Stored(read, entries)
