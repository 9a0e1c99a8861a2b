"""A large sum: each thread sums a part of its own, so their number decides the order of additions.

With one number of threads it repeats; the change shows it. Deterministic algorithms do not cure
it, which is why they stand on both sides; a fixed number of threads does.
"""

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
    "source": "thread-dependent reduction",
    "devices": ["cpu"],
    "unset": {"settings": ["deterministic-algorithms"]},
    "set": {"settings": ["deterministic-algorithms", "one-thread"]},
    "against": {"threads": 2},
}


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Sum a million products with one weight."""
    x = fixed(1_000_003, device=device)
    weight = fixed(1, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        return (), (x * weight).sum().square()

    yield from descend({"weight": weight}, steps, loss_of)
