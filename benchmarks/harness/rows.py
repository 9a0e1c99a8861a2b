"""Rows of fingerprints, kept where they are made until a thousand of them are brought home."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

FLUSH_EVERY = 1024
"""Steps that stay on the device before they are brought home, so that no step waits for it."""

Column: TypeAlias = Tensor | int


class Rows:
    """A table of uint64 with `width` columns, and a float64 beside each row."""

    def __init__(self, width: int) -> None:
        """Start without rows."""
        self._width = width
        self._pending: list[list[Column]] = []
        self._losses: list[Tensor] = []
        self._home: list[tuple[np.ndarray, np.ndarray]] = []

    def add(self, row: list[Column], loss: Tensor) -> None:
        """Add a row; its numbers stand for their value modulo 2**64, on whatever device."""
        self._pending.append(row)
        self._losses.append(loss.detach().to(torch.float64, copy=True))
        if len(self._pending) == FLUSH_EVERY:
            self._flush()

    def _flush(self) -> None:
        if self._pending:
            losses = torch.stack(self._losses).cpu().numpy()
            self._home.append((home(self._pending, self._width), losses))
            self._pending, self._losses = [], []

    def restore(self, rows: np.ndarray, losses: np.ndarray) -> None:
        """Begin with these rows."""
        self._home = [(rows, losses)]

    def all(self) -> tuple[np.ndarray, np.ndarray]:
        """Return all rows, uint64 (n, width), and what stands beside them, float64 (n,)."""
        self._flush()
        rows = np.concatenate([np.empty((0, self._width), np.uint64), *(r for r, _ in self._home)])
        return rows, np.concatenate([np.empty(0, np.float64), *(x for _, x in self._home)])


def home(rows: Sequence[Sequence[Column]], width: int) -> np.ndarray:
    """Return rows as uint64 (rows, width), brought home from the device in one transfer."""
    flat = [value for row in rows for value in row]
    there = [i for i, value in enumerate(flat) if isinstance(value, Tensor)]
    found = np.array([0 if isinstance(v, Tensor) else v % 2**64 for v in flat], np.uint64)
    if there:
        brought = torch.stack([flat[i] for i in there]).cpu().numpy()
        found[there] = brought.view(np.uint64)
    return found.reshape(-1, width)
