"""Fingerprints of the same tensors, step after step."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.harness.fingerprint import Fingerprint, Traced, taken_apart, view
from benchmarks.harness.forms import is_plain


class Standing:
    """Fingerprints of tensors that mostly stay where they are, so that their views can be kept."""

    def __init__(self, fingerprint: Fingerprint) -> None:
        """Keep views for `fingerprint`."""
        self._fingerprint = fingerprint
        self._values: Sequence[Traced | None] = ()
        self._places: list[Any] = []
        self._views: list[np.ndarray] = []
        self._salt: Tensor | int = 0

    def __call__(self, values: Sequence[Traced | None]) -> Tensor | int:
        """Return what `Fingerprint` does."""
        if not self._fingerprint.on_cpu:
            return self._fingerprint(values)
        places = [_place(value) for value in values]
        same = len(values) == len(self._values) and all(map(operator.is_, values, self._values))
        if not same or places != self._places:
            present, form = taken_apart(values)
            views = [view(value) for value in present]
            if None in places:
                self.forget()
                return self._fingerprint.of_views(views, form)
            self._values, self._places, self._views = values, places, views
            self._salt = self._fingerprint.salt(form)
        return self._fingerprint.with_numpy(self._views) + self._salt if self._views else self._salt

    def forget(self) -> None:
        """Keep nothing alive."""
        self._values, self._places, self._views = (), [], []


def _place(value: Traced | None) -> Any:
    """Return where the bits of a value lie and how they are read; None where that may change."""
    if value is None:
        return ()
    if not isinstance(value, Tensor):
        return (value.dtype, value.shape, value.strides) if stands(value) else None
    if value.layout is not torch.strided or not value.is_contiguous() or not is_plain(value):
        return None
    return value.data_ptr(), value.dtype, value.shape


def stands(value: Traced) -> bool:
    """Say whether the words of a value are its own memory."""
    if isinstance(value, Tensor):
        return bool(value.is_cpu) and _place(value) is not None
    return bool(not value.dtype.hasobject and value.flags.c_contiguous)
