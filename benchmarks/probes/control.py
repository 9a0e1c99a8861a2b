"""A control: nothing in it is random, so every run must show the same bits, set and unset."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.contract import Start, Step
from benchmarks.probes.program import descend, fixed

STEPS = 3
OPTIONS: dict[str, int] = {}
DATA = None
PUBLISHED = None
PROBE = {
    "source": "nothing",
    "devices": ["cpu", "cuda"],
    "unset": {"settings": []},
    "set": {"settings": ["deterministic-algorithms"]},
    "unset_shows": "identical",
}


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Fit fixed values by elementwise products and small sums."""
    weight, x = fixed(64, device=device), fixed(8, 64, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        return (x,), (x * weight).sum(1).square().mean()

    yield from descend({"weight": weight}, steps, loss_of)
