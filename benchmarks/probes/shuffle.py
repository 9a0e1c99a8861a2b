"""The order of the samples: a loader that shuffles draws it from PyTorch's default generator."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.contract import Start, Step
from benchmarks.probes.program import descend, fixed

STEPS = 4
OPTIONS: dict[str, int] = {}
DATA = None
PUBLISHED = None
PROBE = {
    "source": "shuffling",
    "devices": ["cpu", "cuda"],
    "unset": {"settings": []},
    "set": {"settings": ["torch-seed"]},
}


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Train on shuffled batches of 16 of 64 fixed samples."""
    loader = DataLoader(TensorDataset(fixed(64, 8)), batch_size=16, shuffle=True)
    batches = iter(loader)
    weight = fixed(8, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        nonlocal batches
        if step % len(loader) == 0:
            batches = iter(loader)
        x = next(batches)[0].to(device)
        return (x,), (x * weight).square().mean()

    yield from descend({"weight": weight}, steps, loss_of)
