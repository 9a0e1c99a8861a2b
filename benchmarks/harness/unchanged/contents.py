"""What a loader gave, whatever it is: as nested dicts and lists of tensors and plain values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from benchmarks.harness.batch import PLAIN
from benchmarks.harness.stored import of_slots, stored_in

DEEP = 12


def plain(value: Any, unread: set[str], level: int = 0) -> Any:
    """Return a value in the form that `benchmarks.harness.batch.tensors` takes.

    An object is what it stores. The kinds of those that could not be read are put in `unread`.
    """
    array = isinstance(value, np.ndarray) and not value.dtype.hasobject
    if array or isinstance(value, (Tensor, *PLAIN)):
        return value
    if level < DEEP and isinstance(value, list | tuple):
        return [plain(one, unread, level + 1) for one in value]
    parts = _parts(value) if level < DEEP else None
    if parts is None:
        unread.add(f"objects of the type {type(value).__name__} in its batches")
        return type(value).__name__
    return {str(key): plain(one, unread, level + 1) for key, one in parts.items()}


def _parts(value: Any) -> Mapping[Any, Any] | None:
    """Return what a value holds by name; None of what cannot be looked into."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, type) or callable(value):
        return None
    stored, slots = stored_in(value), of_slots("", value, watched=False)
    found = {str(entry.name)[1:]: entry.value for entry in slots.entries} if slots else {}
    if dataclasses.is_dataclass(value):
        found |= {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    elif stored is None and slots is None:
        return None
    return found | (stored or {})
