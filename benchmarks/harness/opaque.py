"""What objects of kinds that are not known hold: what the garbage collector finds in them.

That runs no code of theirs. Classes, code, frames and modules that were imported lead out of an
object into the program and its libraries, and are not followed.
"""

from __future__ import annotations

import gc
import sys
import types
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import numpy as np
from torch import Tensor, nn

from benchmarks.harness.stored import INERT, NUMBERS, Entry, Stored, is_number, stored_in

STORED = {
    "_contextvars", "_functools", "_queue", "_thread", "_threading_local", "argparse",
    "array", "builtins", "collections", "concurrent", "contextlib", "contextvars", "functools",
    "itertools", "operator", "queue", "types", "typing", "weakref",
}  # fmt: skip
"""Modules of the standard library whose objects may hold what is a program's."""
MADE_OF = 200
"""Objects that are looked through for tensors in an object that is not walked."""

TEXTS = {str, bytes, type(None), *NUMBERS}

_IMMUTABLE = 1 << 8
"""The flag of a class that is no class of Python code."""
_OUTWARD = (
    type, types.ModuleType, types.CodeType, types.FrameType, types.TracebackType,
    types.BuiltinFunctionType,
)  # fmt: skip
DESCRIPTORS = {
    property, staticmethod, classmethod, types.GetSetDescriptorType, types.MemberDescriptorType,
    types.WrapperDescriptorType, types.MethodWrapperType, types.MethodDescriptorType,
    types.ClassMethodDescriptorType, types.GenericAlias, types.UnionType, types.CodeType,
    types.FrameType, types.TracebackType, weakref.ReferenceType, type(...), type(NotImplemented),
}  # fmt: skip
"""Kinds of builtin objects that hold nothing, or what was there from the start."""


def is_opaque(kind: type) -> bool:
    """Say whether objects of a class hold something beside their attributes and slots."""
    return any(one is not object and one.__flags__ & _IMMUTABLE for one in kind.__mro__)


def is_standard(kind: type) -> bool:
    """Say whether a class is one of the standard library's whose objects are not walked."""
    package = kind.__module__.partition(".")[0]
    return package in sys.stdlib_module_names and package not in STORED


def of_referents(name: str, value: Any) -> Stored:
    """Return what an object refers to, beside its attributes."""

    def read() -> list[Any]:
        own = stored_in(value) or {}
        known = {id(own), *map(id, own.values())}
        return [one for one in gc.get_referents(value) if _counts(one) and id(one) not in known]

    return Stored(read, [Entry(f"{name}[{i}]", one) for i, one in enumerate(read())])


def _counts(value: Any) -> bool:
    kind = type(value)
    if kind in INERT or is_number(value) or kind is object:
        return False
    return not issubclass(kind, _OUTWARD) or _is_made(value)


def is_imported(value: Any) -> bool:
    """Say whether this is a module, and none that the program itself made."""
    return issubclass(type(value), types.ModuleType) and not _is_made(value)


def _is_made(value: Any) -> bool:
    if type(value) is not types.ModuleType:
        return False
    own = vars(value)
    root = sys.modules.get(str(own.get("__name__")).partition(".")[0])
    imported = root is not None and root is not value
    return own.get("__spec__") is None and "__file__" not in own and not imported


def of_variable(name: str, variable: ContextVar[Any]) -> Stored:
    """Return what a context variable is now."""
    read: Callable[[], list[Any]] = lambda: [variable.get(None)]  # noqa: E731
    return Stored(read, [Entry(f"{name}.value", *read())])


def of_foreign(kind: type) -> Stored:
    """Return what the program may have put on a class that is not its own: no numbers, no code."""
    entries = [
        Entry(None if _comes_along(key, value) else f"{kind.__qualname__}.{key}", value)
        for key, value in vars(kind).items()
    ]
    return Stored(vars(kind).values(), entries)


def _comes_along(key: str, value: Any) -> bool:
    kind = type(value)
    plain = kind in INERT | NUMBERS | DESCRIPTORS or issubclass(kind, (types.FunctionType, type))
    return plain or key.startswith("__")


def in_order(found: Any) -> list[Any] | None:
    """Return what the elements of a set hold, ordered by texts and numbers; None of no order."""
    base: Any = set if issubclass(type(found), set) else frozenset
    if set(map(type, base.__iter__(found))) <= TEXTS:
        return []
    values = [one for one in base.__iter__(found) if type(one) not in TEXTS and not _bare(one)]
    if len(values) < 2:
        return values
    keys = {_key(one): one for one in values}
    holding = sorted(key for key in keys if "\0" in key)
    return [keys[key] for key in holding] if len(keys) == len(values) else None


def _bare(value: Any) -> bool:
    return (
        type(value) in INERT
        or issubclass(type(value), type | types.FunctionType)
        or is_standard(type(value))
    )


def _key(value: Any) -> str:
    """Return texts and numbers of nested tuples; what else is in them is one NUL."""
    if type(value) is tuple:
        return f"({','.join(map(_key, value))})"
    return repr(value) if type(value) in TEXTS else "\0"


# --- what is not walked ---


def lies_in(value: Any) -> list[int]:
    """Return ids of tensors and arrays somewhere in an object of a kind that is not walked."""
    found, seen, waiting = [], {id(value)}, [value]
    while waiting and len(seen) < MADE_OF:
        for one in gc.get_referents(waiting.pop()):
            if id(one) in seen or not _counts(one) or type(one) is types.FunctionType:
                continue
            seen.add(id(one))
            if issubclass(type(one), Tensor | np.ndarray):
                found.append(id(one))
            elif not issubclass(type(one), nn.Module):
                waiting.append(one)
    return found
