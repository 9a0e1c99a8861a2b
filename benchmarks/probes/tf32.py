"""TF32: by default cuDNN rounds float32 inputs of convolutions to 10 bits where the GPU can.

NVIDIA_TF32_OVERRIDE=0, which some sites set for everybody, forbids it to NVIDIA's libraries; a
program that switches it off itself is the same everywhere. Shows from Ampere on.
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
    "source": "TF32",
    "devices": ["cuda"],
    "unset": {"settings": ["cudnn-deterministic", "cudnn-benchmark-off"]},
    "set": {"settings": ["cudnn-deterministic", "cudnn-benchmark-off", "tf32-off"]},
    "against": {"variables": {"NVIDIA_TF32_OVERRIDE": "0"}},
}


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Convolve fixed images with fixed filters."""
    images = fixed(8, 32, 32, 32, device=device)
    filters = fixed(32, 32, 3, 3, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        return (), functional.conv2d(images, filters).square().mean()

    yield from descend({"filters": filters}, steps, loss_of)
