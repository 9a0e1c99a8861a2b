"""Fingerprints of what an unchanged program trains, and how several become one."""

from __future__ import annotations

import marshal
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.harness.fingerprint import CURRENT, Fingerprint, Traced
from benchmarks.harness.gradients import CHAIN
from benchmarks.harness.holdings import Holdings
from benchmarks.harness.random_state import short
from benchmarks.harness.rows import Column
from benchmarks.harness.standing import Standing
from benchmarks.harness.trace import plus


def chained(value: Column, following: Column) -> Column:
    """Return one number for what came before and what follows; of nothing before: what follows."""
    if isinstance(value, int):
        number = value * CHAIN % 2**64
        return (
            (number + following) % 2**64 if isinstance(following, int) else plus(following, number)
        )
    value = value * CHAIN
    return plus(value, following % 2**64) if isinstance(following, int) else value + following


def updated(value: Column, before: Column, after: Column) -> Column:
    """Return `value` where `before` and `after` are equal, else the chain of it and `after`."""
    if isinstance(before, int) and isinstance(after, int):
        return value if before == after else chained(value, after)
    return torch.where(torch.as_tensor(before == after), value, chained(value, after))


class Prints:
    """Fingerprints tensors where they live; the same ones again and again without much ado."""

    def __init__(self, device: torch.device) -> None:
        """Fingerprint what lives on `device`."""
        self._fingerprint = Fingerprint(device, CURRENT)
        self._standing = Standing(self._fingerprint), Standing(self._fingerprint)
        self._held: Holdings | None = None
        self._holders: list[Any] = []

    def of(self, values: Sequence[Traced | None]) -> Column:
        """Return the fingerprint of some tensors and arrays; nothing of them is kept."""
        return self._fingerprint(values)

    def weights(self, parts: tuple[Mapping[str, Tensor], ...]) -> list[Column]:
        """Return the fingerprints of parameters and, where they are given, of buffers."""
        several = zip(self._standing, parts, strict=False)
        return [standing([*found.values()]) for standing, found in several]

    def each(self, found: Mapping[str, Tensor]) -> np.ndarray:
        """Return the fingerprint of each tensor by itself, uint64 (tensors,)."""
        values = [self._fingerprint([tensor]) for tensor in found.values()]
        return np.array([int(value) % 2**64 for value in values], np.uint64)

    def state(self, holders: Sequence[Any], weights: Mapping[str, Tensor]) -> Column:
        """Return the fingerprint of what optimizers hold: tensors and numbers."""
        found = self.held(holders, weights)
        numbers = [_plain(value) for value in found.numbers.values()]
        said = short(marshal.dumps(numbers, 2)) if numbers else 0
        return plus(self._fingerprint([*found.tensors.values()]), said)

    def held(self, holders: Sequence[Any], weights: Mapping[str, Tensor]) -> Holdings:
        """Return what optimizers hold beside the weights, by name."""
        same = len(holders) == len(self._holders) and all(
            a is b for a, b in zip(holders, self._holders, strict=True)
        )
        if self._held is None or not same or not self._held.refresh():
            self._held = Holdings({id(tensor): name for name, tensor in weights.items()}, {})
            for one in holders:
                self._held.visit(type(one).__name__, one)
            self._held.sort()
            self._holders = [*holders]
        return self._held


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
