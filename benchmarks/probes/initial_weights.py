"""The initial weights, drawn from PyTorch's default generator; cured by its seed."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from benchmarks.contract import Start, Step
from benchmarks.probes.program import descend, fixed

STEPS = 3
OPTIONS: dict[str, int] = {}
DATA = None
PUBLISHED = None
PROBE = {
    "source": "initial weights",
    "devices": ["cpu", "cuda"],
    "unset": {"settings": []},
    "set": {"settings": ["torch-seed"]},
}


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Fit fixed values with one linear layer, summed element by element."""
    layer = nn.Linear(8, 4).to(device)
    x = fixed(4, 8, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        return (x,), (layer.weight * x).square().mean() + layer.bias.square().mean()

    yield from descend(dict(layer.named_parameters()), steps, loss_of)
