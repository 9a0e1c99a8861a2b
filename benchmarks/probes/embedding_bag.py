"""The backward of an embedding bag that takes the maximum: on CUDA by atomic additions in no fixed
order, which strict mode refuses; on a CPU a control.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.contract import Start, Step
from benchmarks.probes.program import descend, fixed, spread

STEPS = 3
OPTIONS: dict[str, int] = {}
DATA = None
PUBLISHED = None
PROBE = {
    "source": "embedding bag backward",
    "devices": ["cpu", "cuda"],
    "controls": ["cpu"],
    "unset": {"settings": [], "threads": 2},
    "set": {"settings": ["deterministic-algorithms"], "threads": 2},
    "set_shows": "refused",
}

COUNT = 10_000


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Look each of 16 rows up thousands of times, two to a bag."""
    index, factors = spread(COUNT, 2, rows=16, device=device), fixed(COUNT, 1, device=device)
    rows = fixed(16, 8, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        return (), (functional.embedding_bag(index, rows, mode="max") * factors).sum()

    yield from descend({"rows": rows}, steps, loss_of)
