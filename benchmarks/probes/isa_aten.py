"""PyTorch's own CPU kernels: the width of the vectors decides the order in which a sum is added.

PyTorch picks the widest instruction set of the processor; a smaller one stands for another
processor. The cap makes both the same.
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
    "source": "CPU instruction set, PyTorch's kernels",
    "devices": ["cpu"],
    "unset": {"settings": []},
    "set": {"settings": ["aten-avx2"]},
    "against": {"variables": {"ATEN_CPU_CAPABILITY": "default"}},
}


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Normalise and sum, by kernels that PyTorch compiles once per instruction set."""
    x = fixed(64, 1003, device=device)
    weight = fixed(1003, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        return (), torch.softmax(x * weight, 1).square().sum()

    yield from descend({"weight": weight}, steps, loss_of)
