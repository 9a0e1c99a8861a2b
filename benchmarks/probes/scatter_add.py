"""`scatter_add`: on CUDA by atomic additions in no fixed order; on a CPU a control."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.contract import Start, Step
from benchmarks.probes.program import descend, fixed, spread

STEPS = 3
OPTIONS: dict[str, int] = {}
DATA = None
PUBLISHED = None
PROBE = {
    "source": "scatter_add",
    "devices": ["cpu", "cuda"],
    "controls": ["cpu"],
    "unset": {"settings": [], "threads": 2},
    "set": {"settings": ["deterministic-algorithms"], "threads": 2},
}

COUNT = 400_000


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Collect fixed values in 16 bins, which weigh the loss."""
    index, values = spread(COUNT, rows=16, device=device), fixed(COUNT, device=device)
    weight = fixed(16, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        bins = torch.zeros(16, device=device).scatter_add(0, index, values)
        return (bins,), (weight * bins).square().mean()

    yield from descend({"weight": weight}, steps, loss_of)
