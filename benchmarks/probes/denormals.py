"""Denormal numbers, smaller than 2**-126: the processor computes with them or takes them for zero.

Which of the two is a mode of the thread. A library built with -ffast-math may switch it for the
whole process when it is loaded; the option `flush` stands for such a library. The cure is to
choose the mode for every run (`flush-denormal`).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.contract import Start, Step
from benchmarks.probes.program import descend, fixed

STEPS = 3
OPTIONS = {"flush": False}
DATA = None
PUBLISHED = None
PROBE = {
    "source": "denormal numbers",
    "devices": ["cpu"],
    "unset": {"settings": []},
    "set": {"settings": ["flush-denormal"]},
    "against": {"options": {"flush": True}},
}


def train(
    device: torch.device, steps: int, data: str | None, flush: bool = False
) -> Iterator[Start | Step]:
    """Go down through the denormal numbers and up again."""
    if flush:
        torch.set_flush_denormal(True)
    weight = fixed(64, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        tiny = weight * 2.0**-126
        return (), (tiny * 2.0**126).square().mean()

    yield from descend({"weight": weight}, steps, loss_of)
