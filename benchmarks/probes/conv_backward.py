"""The backward of convolutions: some of cuDNN's kernels add by atomic additions in no fixed order.

Which ones cuDNN takes depends on the shapes and on the GPU, so there are several shapes. Autotuning
is off on both sides. Source: cuDNN's developer guide, "Reproducibility (Determinism)".
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
    "source": "convolution backward",
    "devices": ["cuda"],
    "unset": {"settings": ["cudnn-benchmark-off"]},
    "set": {"settings": ["cudnn-benchmark-off", "cudnn-deterministic"]},
}

# input channels, output channels, size of the image, size of the filter, stride
SHAPES = ((3, 64, 112, 7, 2), (64, 64, 56, 3, 1), (64, 128, 56, 3, 2), (256, 64, 28, 1, 1))


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Convolve fixed images with fixed filters."""
    weights, strides = {}, []
    for number, (channels, out, size, width, stride) in enumerate(SHAPES):
        weights[f"images{number}"] = fixed(16, channels, size, size, device=device)
        weights[f"filters{number}"] = fixed(out, channels, width, width, device=device)
        strides.append(stride)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        tensors = list(weights.values())
        triples = zip(tensors[::2], tensors[1::2], strides, strict=True)
        parts = [functional.conv2d(x, w, stride=s).square().mean() for x, w, s in triples]
        return (), torch.stack(parts).sum()

    yield from descend(weights, steps, loss_of)
