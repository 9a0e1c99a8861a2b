"""A generator that the program makes without a seed: it takes one from the operating system."""

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
    "source": "a generator without a seed",
    "devices": ["cpu", "cuda"],
    "unset": {"settings": ["torch-seed", "python-seed", "numpy-seed"]},
    "set": {"settings": ["torch-seed", "python-seed", "numpy-seed", "entropy-seeded"]},
}


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Scale a fixed batch by a random factor in every step, as an augmentation would."""
    generator = random.Random()
    weight, x = fixed(16, device=device), fixed(4, 16, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        batch = x * generator.uniform(0.5, 1.5)
        return (batch,), (batch * weight).square().mean()

    yield from descend({"weight": weight}, steps, loss_of)
