"""Dropout draws its masks from the default generator of the device."""

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
    "source": "dropout",
    "devices": ["cpu", "cuda"],
    "unset": {"settings": []},
    "set": {"settings": ["torch-seed"]},
}


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Drop half of 256 fixed weights in every step."""
    weight = fixed(256, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        return (), functional.dropout(weight, 0.5).square().mean()

    yield from descend({"weight": weight}, steps, loss_of)
