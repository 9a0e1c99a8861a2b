"""The backward of an embedding: few rows, looked up many times.

On CUDA PyTorch adds such rows atomically, unless deterministic algorithms are asked for (its pull
request 172454; seen with 2.11.0 on an H200). Otherwise it sorts the indices and needs no atomic
additions. On the CPU, where it has none either, it is a control.
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
    "source": "embedding backward",
    "devices": ["cpu", "cuda"],
    "unset": {"settings": [], "threads": 2},
    "set": {"settings": ["deterministic-algorithms"], "threads": 2},
    "controls": ["cpu"],
}

COUNT = 40_000


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Look each of 16 rows up thousands of times."""
    index, factors = spread(COUNT, rows=16, device=device), fixed(COUNT, 1, device=device)
    rows = fixed(16, 8, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        return (), (functional.embedding(index, rows) * factors).sum()

    yield from descend({"rows": rows}, steps, loss_of)
