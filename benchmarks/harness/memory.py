"""Memory that is no tensor's and no array's: bytes, arrays of Python and of C, bare storages."""

from __future__ import annotations

import array
import ctypes
import functools
import io
import mmap
import sys
from typing import Any

import torch
from torch import Tensor

from benchmarks.harness.program import FIXED
from benchmarks.harness.stored import Entry, Stored

BUFFERS = (array.array, bytearray, memoryview, io.BytesIO)
BITS = "cbBhHiIlLqQfd?"
"""Kinds of elements of ctypes that are neither addresses nor padded."""
UNREADABLE = (ctypes.Array, ctypes.Structure, ctypes.Union, mmap.mmap)


def is_buffer(kind: type) -> bool:
    """Say whether objects of a class are plain bytes that can be read."""
    inner: Any = kind
    while issubclass(inner, ctypes.Array):
        inner = inner._type_
    if issubclass(inner, ctypes._SimpleCData):
        return inner._type_ in BITS
    return issubclass(kind, BUFFERS)


def content(value: Any) -> bytes:
    """Return a copy of an object's bytes: a view that stood would not let it grow."""
    with _view(value) as view:
        return view.tobytes()


def size(value: Any) -> int:
    """Return how many bytes an object has."""
    with _view(value) as view:
        return view.nbytes


def _view(value: Any) -> memoryview:
    whole = issubclass(type(value), io.BytesIO)
    try:
        return io.BytesIO.getbuffer(value) if whole else memoryview(value)
    except ValueError:  # closed, or released
        return memoryview(b"")


def of_storage(storage: Any) -> tuple[Stored, Tensor]:
    """Return a tensor over the memory of a storage, and what shows that this has been resized."""
    read = functools.partial(_extent, storage)
    seen = torch.empty(0, dtype=torch.uint8, device=storage.device).set_(storage)
    return Stored(read, [Entry(FIXED, one) for one in read()]), seen


def _extent(storage: Any) -> list[str]:
    return [sys.intern(str(storage.nbytes()))]  # the same object for the same size
