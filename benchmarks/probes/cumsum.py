"""A cumulative sum: on CUDA each block adds what the blocks before it have finished by then, in no
fixed grouping; on a CPU a control.

The documentation of torch 2.13.0 still says that strict mode refuses it; it has had a
deterministic form since pull request 136224 (issue 75240 shows the differences, pull request
190975 corrects the documentation).
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
    "source": "cumulative sum",
    "devices": ["cpu", "cuda"],
    "controls": ["cpu"],
    "unset": {"settings": [], "threads": 2},
    "set": {"settings": ["deterministic-algorithms"], "threads": 2},
}


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Weigh fixed values and add them up."""
    x, weight = fixed(300_007, device=device), fixed(1, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        return (), (x * weight).cumsum(0).square().mean()

    yield from descend({"weight": weight}, steps, loss_of)
