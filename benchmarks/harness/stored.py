"""What objects of each kind store, by name: read without running any code of theirs."""

from __future__ import annotations

import functools
import gc
import operator
import sys
import types
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from torch.amp import GradScaler
from torch.optim import Optimizer

from benchmarks.harness.program import ITERATING

OTHERS = frozenset({"torch", *sys.stdlib_module_names})
"""Packages whose classes keep nothing of a program's in slots."""
SEQUENCES = (list, tuple, deque)
NUMBERS = {bool, int, float, complex}
INERT = {
    type(None), str, bytes, range, slice, torch.device, torch.dtype, torch.Size,
    types.BuiltinFunctionType,
}  # fmt: skip
SCALER = ("growth_factor", "backoff_factor", "growth_interval")
KNOWN = frozenset({*vars(GradScaler("cpu")), "gauss_next"})
"""Attributes of scalers and of Python's random generators, which are read in other ways."""


class Entry(NamedTuple):
    """What stands at one place; `watched`: its numbers count.

    Without a name it is not looked at; named `FIXED` it must not change.
    """

    name: str | None
    value: Any
    watched: bool = False


Source: TypeAlias = Collection[Any] | Callable[[], Iterable[Any]]
"""What shows a container's values at any time (a view of a dict, a list), or gives them again."""


class Stored(NamedTuple):
    """The entries of a container, and its values' `source`; entries of `order` come first.

    `order` holds indices of entries.
    """

    source: Source
    entries: Sequence[Entry]
    order: Sequence[int] = ()


def is_number(value: Any) -> bool:
    """Say whether this is a plain number, of Python or of NumPy."""
    kind = type(value)  # not isinstance, which may ask the object itself
    return kind in NUMBERS or issubclass(kind, np.number | np.bool_)


def base_of(found: Any) -> Any:
    """Return which of Python's own kinds of sequence this is."""
    return next(kind for kind in SEQUENCES if issubclass(type(found), kind))


def elements(found: Any) -> list[Any]:
    """Return the elements of a sequence, however its own class goes through them."""
    return list(base_of(found).__iter__(found))


def newest(found: Any, count: int) -> Source:
    """Return what shows the last `count` elements of a sequence; a tuple's for good."""
    kind = base_of(found)

    def read() -> list[Any]:
        size = kind.__len__(found)
        return [kind.__getitem__(found, i) for i in range(max(0, size - count), size)]

    return tuple(read()) if type(found) is tuple else read


def stored_in(value: Any) -> dict[str, Any] | None:
    """Return an object's own `__dict__`, however it answers; None where it has none."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None
    return found if type(found) is dict else None


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
    return Stored(own.values(), entries, [[*own].index("param_groups")])


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


def of_rest(name: str, own: dict[str, Any]) -> Stored:
    """Return the attributes that a subclass, or the program, gave a scaler or a generator."""
    entries = [Entry(None if k in KNOWN else f"{name}.{k}", v) for k, v in own.items()]
    return Stored(own.values(), entries)


def of_iterator(name: str, iterator: Any, own: Collection[str]) -> Stored:
    """Return the generators and iterators that one of Python's own iterators goes through.

    Objects of modules of `own` may be such; what else it goes through is data, not a place in it.
    """

    def read() -> list[Any]:
        found = gc.get_referents(iterator)
        inner = [x for one in found for x in (one if type(one) is tuple else (one,))]
        return [x for x in inner if type(x) in ITERATING or type(x).__module__ in own]

    return Stored(read, [Entry(f"{name}[{i}]", x) for i, x in enumerate(read())])


def of_class(name: str, kind: type) -> Stored:
    """Return the attributes of a class, and those of its functions that carry something along."""
    entries = [
        Entry(None if _is_bare(value) else f"{name}.{key}", value)
        for key, value in vars(kind).items()
    ]
    return Stored(vars(kind).values(), entries)


def _is_bare(value: Any) -> bool:
    return type(value) is types.FunctionType and not (
        value.__closure__ or value.__defaults__ or value.__kwdefaults__ or value.__dict__
    )


def of_function(name: str, function: Any, own: Collection[str]) -> Stored:
    """Return what a function, a method or a partial one carries along.

    Of a function of a module that is none of `own` that is only what it shares with another.
    """
    keys: tuple[str, ...] = ()
    read: Callable[[Any], Sequence[Any]] = _nothing
    if isinstance(function, functools.partial):
        keys, read = ("args", "keywords", ""), PARTIAL
    elif isinstance(function, types.MethodType):
        keys, read = ("",), _itself
    elif function.__module__ in own:
        read = _closure if function.__closure__ else DEFAULTS
        keys = (*function.__code__.co_freevars, "defaults", "kwdefaults", "dict")
    elif function.__closure__:
        keys, read = function.__code__.co_freevars, _cells
    names = [f"{name}.{key}".rstrip(".") for key in keys]
    entries = [Entry(*each) for each in zip(names, read(function), strict=True)]
    return Stored(functools.partial(read, function), entries)


PARTIAL = operator.attrgetter("args", "keywords", "func")
DEFAULTS = operator.attrgetter("__defaults__", "__kwdefaults__", "__dict__")


def _nothing(_function: Any) -> Sequence[Any]:
    return ()


def _itself(method: types.MethodType) -> Sequence[Any]:
    return (method.__self__,)


def _cells(function: types.FunctionType) -> list[Any]:
    found = []
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # not yet set
            found.append(None)
    return found


def _closure(function: types.FunctionType) -> Sequence[Any]:
    return [*_cells(function), *DEFAULTS(function)]


def of_slots(name: str, value: Any, *, watched: bool) -> Stored | None:
    """Return what an object keeps in slots that its class declares; None where it has none."""
    slots = [
        slot for base in type(value).__mro__ if base.__module__.partition(".")[0] not in OTHERS
        for slot in vars(base).values() if type(slot) is types.MemberDescriptorType
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
