"""The backward of the CTC loss: on CUDA by atomic additions in no fixed order, which strict mode
refuses; on a CPU a control.

PyTorch's own kernel, not cuDNN's: the targets lie on the device. Only long inputs take the atomic
way.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.contract import Start, Step
from benchmarks.probes.program import descend, fixed, spread

STEPS = 3
OPTIONS: dict[str, int] = {}
DATA = None
PUBLISHED = None
PROBE = {
    "source": "CTC loss backward",
    "devices": ["cpu", "cuda"],
    "controls": ["cpu"],
    "unset": {"settings": [], "threads": 2},
    "set": {"settings": ["deterministic-algorithms"], "threads": 2},
    "set_shows": "refused",
}

LENGTH, BATCH, CLASSES, TARGET = 256, 16, 32, 64


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Align fixed targets with fixed inputs of 256 steps."""
    logits = fixed(LENGTH, BATCH, CLASSES, device=device)
    targets = 1 + spread(BATCH, TARGET, rows=CLASSES - 1, device=device)
    lengths = torch.full((BATCH,), LENGTH, device=device)
    target_lengths = torch.full((BATCH,), TARGET, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        scores = logits.log_softmax(2)
        return (), functional.ctc_loss(scores, targets, lengths, target_lengths)

    yield from descend({"logits": logits}, steps, loss_of)
