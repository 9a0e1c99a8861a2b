"""NumPy's global generator in the main process; PyTorch's and Python's seeds do not reach it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from benchmarks.contract import Start, Step
from benchmarks.probes.program import descend, fixed

STEPS = 3
OPTIONS: dict[str, int] = {}
DATA = None
PUBLISHED = None
PROBE = {
    "source": "NumPy's global generator, main process",
    "devices": ["cpu", "cuda"],
    "unset": {"settings": ["torch-seed", "python-seed"]},
    "set": {"settings": ["torch-seed", "python-seed", "numpy-seed"]},
}


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Scale a fixed batch by a random factor in every step, as an augmentation would."""
    weight, x = fixed(16, device=device), fixed(4, 16, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        batch = x * float(np.random.uniform(0.5, 1.5))
        return (batch,), (batch * weight).square().mean()

    yield from descend({"weight": weight}, steps, loss_of)
