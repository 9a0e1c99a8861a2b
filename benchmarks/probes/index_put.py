"""`index_put_(accumulate=True)`: on a CPU with several threads they add to the same rows in no
fixed order.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.contract import Start, Step
from benchmarks.probes.program import descend, fixed, spread

STEPS = 10  # in fewer, two threads on a busy machine can agree by chance
OPTIONS: dict[str, int] = {}
DATA = None
PUBLISHED = None
PROBE = {
    "source": "index_put with accumulation",
    "devices": ["cpu"],
    "unset": {"settings": [], "threads": 2},
    "set": {"settings": ["deterministic-algorithms"], "threads": 2},
}

COUNT = 400_000


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Collect fixed values in 16 bins, which weigh the loss."""
    index, values = spread(COUNT, rows=16, device=device), fixed(COUNT, device=device)
    weight = fixed(16, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        bins = torch.zeros(16, device=device).index_put_((index,), values, accumulate=True)
        return (bins,), (weight * bins).square().mean()

    yield from descend({"weight": weight}, steps, loss_of)
