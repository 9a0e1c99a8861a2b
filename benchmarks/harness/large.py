"""Fingerprints of large tensors that no step is expected to change, such as a data set.

They are read in full at the beginning, when they moved or were written to, and at the end; in
between a tensor's version, its place and a sample of it stand for it.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from benchmarks.harness.fingerprint import Fingerprint, Traced, view
from benchmarks.harness.forms import is_plain
from benchmarks.harness.standing import stands

LARGE = 2**20
"""Bytes from which on a tensor of no optimizer is read in full only where it seems to change."""
SAMPLE = 32
"""Words of a large tensor that are looked at in every step."""


class Large:
    """Keeps their fingerprints by name; `first`: what each had at first."""

    def __init__(self, fingerprint: Fingerprint) -> None:
        """Read by `fingerprint`."""
        self._fingerprint = fingerprint
        self._known: dict[str, tuple[Any, int]] = {}
        self.first: dict[str, int] = {}

    def __call__(self, name: str, value: Traced) -> int:
        """Return the fingerprint of a large tensor: as it was, where nothing speaks of a change."""
        key = _glance(value)
        if name not in self._known or self._known[name][0] != key:
            self._known[name] = key, int(self._fingerprint([value])) % 2**64
            self.first.setdefault(name, self._known[name][1])
        return self._known[name][1]

    def forget(self) -> None:
        """Read all in full the next time."""
        self._known = {}


def _glance(value: Traced) -> Any:
    """Return what changes where a large tensor does: place, version, form, and a sample."""
    form: tuple[Any, ...] = (value.dtype, value.shape, id(value))
    if isinstance(value, Tensor):
        version = None if value.is_inference() else value._version
        form = (*form, version, value.data_ptr() if is_plain(value) else 0)
    if not stands(value):
        return form
    words = view(value)
    return (*form, words[:: max(1, len(words) // SAMPLE)].tobytes())
