"""Memory that `torch.empty` leaves as it was: here the padding of a batch that nobody filled.

What stood there are addresses, which differ from process to process. Deterministic algorithms
alone do not cure it, which is why they stand on both sides; the fill does.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.contract import Start, Step
from benchmarks.probes.program import descend, fixed

STEPS = 4
OPTIONS: dict[str, int] = {}
DATA = None
PUBLISHED = None
PROBE = {
    "source": "uninitialised memory",
    "devices": ["cpu", "cuda"],
    "unset": {"settings": ["deterministic-algorithms"]},
    "set": {"settings": ["deterministic-algorithms", "memory-fill"]},
}

SHAPE = (32, 64)
ROWS = 97


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Train one row per token, padding included: an id counts modulo the number of rows."""
    rows = fixed(ROWS, device=device)
    counted = torch.arange(ROWS, device=device)
    words = [str(number) for number in range(SHAPE[0] * SHAPE[1])]

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        before = torch.tensor([id(word) // 16 for word in words], device=device)
        del before  # its memory is free again, and keeps what stood in it
        ids = torch.empty(SHAPE, dtype=torch.int64, device=device)
        ids[:, :48] = step
        counts = (ids.reshape(-1, 1) % ROWS == counted).sum(0)
        return (ids,), (rows.square() * counts).mean()

    yield from descend({"rows": rows}, steps, loss_of)
