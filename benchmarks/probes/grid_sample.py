"""The backward of `grid_sample`: on CUDA by atomic additions in no fixed order, which strict mode
refuses; on a CPU a control.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.contract import Start, Step
from benchmarks.probes.program import descend, fixed

STEPS = 3
OPTIONS: dict[str, int] = {}
DATA = None
PUBLISHED = None
PROBE = {
    "source": "grid_sample backward",
    "devices": ["cpu", "cuda"],
    "controls": ["cpu"],
    "unset": {"settings": [], "threads": 2},
    "set": {"settings": ["deterministic-algorithms"], "threads": 2},
    "set_shows": "refused",
}


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Sample small fixed images at fixed points, many to a pixel."""
    images, factors = fixed(1, 8, 16, 16, device=device), fixed(1, 8, 120, 120, device=device)
    points = 2 * fixed(1, 120, 120, 2, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        sampled = functional.grid_sample(images, points, align_corners=False)
        return (), (sampled * factors).sum()

    yield from descend({"images": images}, steps, loss_of)
