"""Fingerprints of the same tensors, step after step."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from benchmarks.harness.fingerprint import Fingerprint, Traced, taken_apart, view
from benchmarks.harness.forms import is_plain
from benchmarks.harness.keys import BLOCK

LOOKS = (
    type, Tensor.data_ptr, Tensor.is_contiguous, Tensor.is_conj, Tensor.is_neg,
    operator.attrgetter("dtype", "shape", "layout"),
)  # fmt: skip
"""What tells where the bits of a plain tensor lie and how they are read."""
FORM = operator.attrgetter("dtype", "shape", "strides")
"""The same of an array: what holds a view of its memory keeps that in its place."""


class Standing:
    """Fingerprints of tensors that mostly stay where they are, so that their views can be kept."""

    def __init__(self, fingerprint: Fingerprint, *, remembers: bool = False) -> None:
        """Keep views for `fingerprint`; `remembers`: the words of one block, for `again`, too."""
        self._fingerprint = fingerprint
        self._remembers = remembers
        self._salt = 0
        self.forget()

    def forget(self) -> None:
        """Keep nothing alive."""
        self._values: Sequence[Traced | None] = ()
        self._tensors: list[Tensor] = []
        self._arrays: list[np.ndarray] = []
        self._views: list[np.ndarray] = []
        self._looks = self._look()
        self._last: tuple[np.ndarray, int] | None = None

    def __call__(self, values: Sequence[Traced | None]) -> Tensor | int:
        """Return what `Fingerprint` does."""
        self._last = None
        if not self._fingerprint.on_cpu:
            return self._fingerprint(values)
        if not self._stand(values):
            present, form = taken_apart(values)
            views, salt = [view(value) for value in present], int(self._fingerprint.salt(form))
            if not all(value is None or stands(value) for value in values):
                self.forget()
                return self._fingerprint.of_views(views, form)
            self._values, self._views, self._salt = values, views, salt
            self._tensors = [value for value in values if isinstance(value, Tensor)]
            self._arrays = [value for value in values if isinstance(value, np.ndarray)]
            self._looks = self._look()
        if not self._views:
            return self._salt
        if not self._remembers or sum(map(len, self._views)) > BLOCK:
            return self._fingerprint.with_numpy(self._views) + self._salt
        words = joined(self._views)
        found = self._fingerprint.with_numpy([words]) + self._salt
        self._last = words, found
        return found

    def again(self, values: Sequence[Traced | None]) -> Tensor | int:
        """Return what a call does, and forget; what stands as it stood is compared, not hashed."""
        last = self._last
        if last and self._stand(values) and (joined(self._views) == last[0]).all():
            found: Tensor | int = last[1]
        else:
            found = self(values)
        self.forget()
        return found

    def _stand(self, values: Sequence[Traced | None]) -> bool:
        """Say whether these are the values of the last time, and their bits where they were."""
        same = len(values) == len(self._values) and all(map(operator.is_, values, self._values))
        return same and self._look() == self._looks

    def _look(self) -> list[Any]:
        looks = [list(map(look, self._tensors)) for look in LOOKS]
        return [*looks, list(map(FORM, self._arrays))]


def joined(views: list[np.ndarray]) -> np.ndarray:
    """Return all words, one after the other, as int32 (n,)."""
    return np.concatenate(views, dtype=np.int32, casting="safe")


def stands(value: Traced) -> bool:
    """Say whether the words of a value are its own memory."""
    if not isinstance(value, Tensor):
        return bool(not value.dtype.hasobject and value.flags.c_contiguous)
    return bool(is_plain(value) and value.is_cpu and value.is_contiguous())
