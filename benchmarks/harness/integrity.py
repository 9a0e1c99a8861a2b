"""Whether a program left alone what watches it: by the usual means it could change that.

Compared is what stands at the beginning and at the end: every function, class and name of this
suite's modules, and what these use of others. See what a verdict does not defend against:
docs/explanation/equality.md.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import torch

USED: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (hashlib, ("sha256", "file_digest")),
    (json, ("dumps",)),
    (os, ("getpid",)),
    (np, ("array", "asarray", "empty", "frombuffer", "savez")),
    (torch, ("from_numpy", "is_tensor", "no_grad", "sum")),
    (torch.Tensor, (
        "contiguous", "cpu", "data_ptr", "detach", "item", "numpy", "register_hook",
        "register_post_accumulate_grad_hook", "reshape", "to", "view",
    )),
)  # fmt: skip
"""What the suite relies on of other packages."""
IGNORED = ("__dict__", "__weakref__", "__doc__", "__abstractmethods__", "_abc_impl")
"""Attributes of a class that Python makes, anew for each look or as it likes."""


class Watchers:
    """Remembers how the suite stood before the program was loaded."""

    def __init__(self) -> None:
        """Look at all that is loaded now."""
        self._modules = [
            module
            for name, module in [*sys.modules.items()]
            if name.startswith("benchmarks.") and isinstance(module, ModuleType)
        ]
        self._before = dict(self._parts())

    def check(self, *instances: object) -> None:
        """Raise `RuntimeError`, in one line, where one part is another than it was.

        What belongs to other packages is put back, so that a record can be written.
        `instances`: objects of the suite, of which no method may stand for that of its class.
        """
        now = dict(self._parts())
        for place, names in USED:
            for name in names:
                setattr(place, name, self._before[f"{place.__name__}.{name}"])
        for name, value in self._before.items():
            if now.get(name) is not value:
                raise RuntimeError(f"the benchmark replaced {name}, which watches it")
        for each in instances:
            for name in vars(each):
                if callable(getattr(type(each), name, None)):
                    kind = f"{type(each).__module__}.{type(each).__qualname__}"
                    raise RuntimeError(f"the benchmark replaced {kind}.{name}, which watches it")

    def _parts(self) -> Iterator[tuple[str, object]]:
        for module in self._modules:
            for name, value in [*vars(module).items()]:
                full = f"{module.__name__}.{name}"
                if getattr(value, "__module__", None) == module.__name__:
                    yield from apart(full, value)
                elif not name.startswith("__"):
                    yield full, value  # what it took from another
        for place, names in USED:
            for name in names:
                yield f"{place.__name__}.{name}", getattr(place, name)


def apart(name: str, value: object) -> Iterator[tuple[str, object]]:
    """Yield a value and what it is made of, by name."""
    yield name, value
    if isinstance(value, FunctionType):
        yield f"{name}.__code__", value.__code__
        yield f"{name}.__defaults__", value.__defaults__
        yield f"{name}.__kwdefaults__", value.__kwdefaults__
    elif isinstance(value, type):
        for attribute, inner in [*vars(value).items()]:
            if attribute not in IGNORED and not isinstance(inner, type):
                yield from apart(f"{name}.{attribute}", inner)
