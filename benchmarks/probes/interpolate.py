"""The backward of bicubic interpolation: on CUDA by atomic additions in no fixed order, which
strict mode refuses; on a CPU a control.

The documentation of `torch.use_deterministic_algorithms` says the same of bilinear interpolation,
but there strict mode now takes another way (torch 2.13.0, torch/nn/functional.py).
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
    "source": "interpolate backward",
    "devices": ["cpu", "cuda"],
    "controls": ["cpu"],
    "unset": {"settings": [], "threads": 2},
    "set": {"settings": ["deterministic-algorithms"], "threads": 2},
    "set_shows": "refused",
}


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Enlarge small fixed images."""
    images, factors = fixed(1, 8, 16, 16, device=device), fixed(1, 8, 120, 120, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        large = functional.interpolate(images, size=(120, 120), mode="bicubic")
        return (), (large * factors).sum()

    yield from descend({"images": images}, steps, loss_of)
