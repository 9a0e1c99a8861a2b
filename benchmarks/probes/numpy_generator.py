"""A generator of the program's own, `numpy.random.default_rng()`: no global seed reaches it.

NumPy recommends this form over its global generator; without an argument it takes its seed from
the operating system. The cure is in the program: give it a seed (here PyTorch's initial seed, so
that one seed governs all).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from benchmarks.contract import Start, Step
from benchmarks.probes.program import descend, fixed

STEPS = 3
OPTIONS = {"seeded": False}
DATA = None
PUBLISHED = None
PROBE = {
    "source": "a NumPy generator seeded by the operating system",
    "devices": ["cpu", "cuda"],
    "unset": {"settings": ["torch-seed", "python-seed", "numpy-seed"]},
    "set": {"settings": ["torch-seed", "python-seed", "numpy-seed"], "options": {"seeded": True}},
}


def train(
    device: torch.device, steps: int, data: str | None, seeded: bool = False
) -> Iterator[Start | Step]:
    """Scale a fixed batch by a random factor in every step, as an augmentation would."""
    generator = np.random.default_rng(torch.initial_seed() if seeded else None)
    weight, x = fixed(16, device=device), fixed(4, 16, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        batch = x * float(generator.uniform(0.5, 1.5))
        return (batch,), (batch * weight).square().mean()

    yield from descend({"weight": weight}, steps, loss_of)
