"""oneDNN's convolutions: the instruction set decides how the sums are cut into blocks.

oneDNN picks the widest instruction set of the processor; a smaller one stands for another
processor. The cap makes both the same.
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
    "source": "CPU instruction set, oneDNN",
    "devices": ["cpu"],
    "unset": {"settings": []},
    "set": {"settings": ["onednn-avx2"]},
    "against": {"variables": {"ONEDNN_MAX_CPU_ISA": "SSE41"}},
}


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Convolve fixed images with fixed filters."""
    images = fixed(8, 16, 24, 24, device=device)
    filters = fixed(32, 16, 3, 3, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        return (), functional.conv2d(images, filters).square().mean()

    yield from descend({"filters": filters}, steps, loss_of)
