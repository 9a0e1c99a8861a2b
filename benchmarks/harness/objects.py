"""How a walk goes through objects: by what they store, and what they refer to."""

from __future__ import annotations

from collections import deque
from contextvars import ContextVar
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data.dataloader import _BaseDataLoaderIter

from benchmarks.harness.containers import Containers
from benchmarks.harness.memory import UNREADABLE, is_buffer, of_storage
from benchmarks.harness.opaque import (
    DESCRIPTORS,
    STORED,
    in_order,
    is_opaque,
    is_standard,
    lies_in,
    of_referents,
    of_variable,
)  # fmt: skip
from benchmarks.harness.stored import Entry, Stored, of_slots, stored_in

MACHINERY = (
    "torch._", "torch.autograd", "torch.cuda", "torch.distributed", "torch.fx",
    "torch.multiprocessing", "torch.profiler", "benchmarks.contract", "benchmarks.harness",
)  # fmt: skip


PLAIN = {dict, list, tuple, deque, set, frozenset, Tensor, nn.Parameter, np.ndarray}
"""Kinds whose objects have no attributes but their own, or have them looked at elsewhere."""


class Objects(Containers):
    """Visits objects of any class."""

    def __init__(self, *known: Any) -> None:
        """Start empty, as `Found` says."""
        super().__init__(*known)
        self._unread: dict[str, list[int]] = {}

    def beside(self, name: str, value: Any, level: int, watched: bool) -> None:
        """Visit the attributes that a container of a class of its own has beside its content."""
        if type(value) not in PLAIN and (stored := stored_in(value)) is not None:
            self.mapping(name, stored, level, watched)

    def slots(self, name: str, value: Any, level: int, watched: bool = False) -> None:
        """Visit what an object keeps in slots."""
        if type(value) not in PLAIN and (slots := of_slots(name, value, watched=watched)):
            self.children(slots, level)

    def object(self, name: str, value: Any, kind: type, level: int, watched: bool) -> bool:
        """Visit what an object stores, never its properties; say whether more may come in."""
        if issubclass(kind, _BaseDataLoaderIter) or kind.__module__.startswith(MACHINERY):
            return False
        what = f"{name}, of the type {kind.__qualname__},"
        if issubclass(kind, UNREADABLE):
            self.left_out[f"{what} is memory that is not read"] = None
        if is_standard(kind):
            self._unread[what] = lies_in(value)
            return False
        if issubclass(kind, set | frozenset):
            self._set(name, value, level)
        if (stored := stored_in(value)) is not None:
            self.mapping(name, stored, level, watched)
        self.slots(name, value, level, watched)
        if issubclass(kind, ContextVar):
            self.children(of_variable(name, value), level)
        elif is_opaque(kind) and not issubclass(kind, set | frozenset):
            self.children(of_referents(name, value), level)
        return kind.__module__.partition(".")[0] in STORED and kind not in DESCRIPTORS

    def _set(self, name: str, value: Any, level: int) -> None:
        """Visit a set in an order that no address tells; say so where there is none."""
        if (values := in_order(value)) is None:
            self.left_out[f"{name} is a set, whose order is none"] = None
        entries = [Entry(f"{name}[{i}]", one) for i, one in enumerate(values or [])]
        self.children(Stored(lambda: in_order(value) or [], entries), level)

    def sort(self) -> None:
        """Put what counts in the order of its names; know what has been found in no other way."""
        super().sort()
        for name, inside in self._unread.items():
            if any(one not in self._names for one in inside):
                self.left_out[f"{name} holds tensors that were not looked at"] = None

    def memory(self, name: str, value: Any, level: int, watched: bool) -> bool:
        """Look at memory that is no tensor's; return False of what is none."""
        if is_buffer(type(value)):
            self.put(self.buffers, name, value)
            self.beside(name, value, level, watched)
            return True
        if not issubclass(type(value), torch.UntypedStorage):
            return False
        stored, seen = of_storage(value)
        self.children(stored, level)
        self.put(self.tensors, name, seen)
        return True
