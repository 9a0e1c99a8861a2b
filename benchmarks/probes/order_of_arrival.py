"""A loader that gives batches as its workers finish them: here some samples take longer by chance.

The time that a sample takes comes from the system's entropy, and nothing else does.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from benchmarks.contract import Start, Step
from benchmarks.probes.program import descend, fixed

STEPS = 10
OPTIONS: dict[str, int] = {}
DATA = None
PUBLISHED = None
PROBE = {
    "source": "order of a loader's batches",
    "devices": ["cpu"],
    "unset": {"settings": ["torch-seed"]},
    "set": {"settings": ["torch-seed", "in-order"]},
}
SECONDS = 0.05


class Slow(Dataset[Tensor]):
    """Fixed samples, float32 (8,), each after a while."""

    def __len__(self) -> int:
        """Return the number of samples."""
        return STEPS

    def __getitem__(self, index: int) -> Tensor:
        """Return one sample."""
        time.sleep(SECONDS * random.SystemRandom().random())
        return fixed(STEPS, 8)[index]


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Train on the samples in the order in which they come."""
    batch = iter(DataLoader(Slow(), num_workers=2, in_order=False))
    weight = fixed(8, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        x = next(batch).to(device)
        return (x,), (x * weight).square().mean()

    yield from descend({"weight": weight}, steps, loss_of)
