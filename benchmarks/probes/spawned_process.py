"""A Python process that the program starts, and that draws for it: seeds end at its border."""

from __future__ import annotations

import subprocess
import sys
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
    "source": "Python's random module, another process",
    "devices": ["cpu"],
    "unset": {"settings": ["torch-seed", "python-seed"]},
    "set": {"settings": ["torch-seed", "python-seed", "spawned-settings"]},
}
DRAW = "import random; print(random.uniform(0.5, 1.5))"


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Scale a fixed batch by a factor that another process has drawn."""
    command = [sys.executable, "-c", DRAW]
    factor = float(subprocess.run(command, check=True, capture_output=True).stdout)
    weight, x = fixed(16, device=device), fixed(4, 16, device=device) * factor

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        return (x,), (x * weight).square().mean()

    yield from descend({"weight": weight}, steps, loss_of)
