"""Python's `random` in the main process; PyTorch's and NumPy's seeds do not reach it."""

from __future__ import annotations

import random
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
    "source": "Python's random module, main process",
    "devices": ["cpu", "cuda"],
    "unset": {"settings": ["torch-seed", "numpy-seed"]},
    "set": {"settings": ["torch-seed", "numpy-seed", "python-seed"]},
}


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Scale a fixed batch by a random factor in every step, as an augmentation would."""
    weight, x = fixed(16, device=device), fixed(4, 16, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        batch = x * random.uniform(0.5, 1.5)
        return (batch,), (batch * weight).square().mean()

    yield from descend({"weight": weight}, steps, loss_of)
