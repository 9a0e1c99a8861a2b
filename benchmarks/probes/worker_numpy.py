"""NumPy's global generator in a loader's worker processes: PyTorch's seed governs it, not NumPy's.

Up to PyTorch 1.8 every worker inherited one and the same state. Since then a worker seeds NumPy
with a number derived from one that the main process draws from PyTorch's default generator, so
`numpy.random.seed` in the main process changes nothing here (torch 2.13.0,
torch/utils/data/_utils/worker.py).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from benchmarks.contract import Start, Step
from benchmarks.probes.augmented import Augmented, batches
from benchmarks.probes.program import descend, fixed

STEPS = 4
OPTIONS = {"workers": 2}
DATA = None
PUBLISHED = None
PROBE = {
    "source": "NumPy's global generator, workers",
    "devices": ["cpu"],
    "unset": {"settings": ["python-seed", "numpy-seed"]},
    "set": {"settings": ["python-seed", "numpy-seed", "torch-seed"]},
}


def factor(index: int) -> float:
    """Return a random factor."""
    return float(np.random.uniform(0.5, 1.5))


def train(
    device: torch.device, steps: int, data: str | None, workers: int = 2
) -> Iterator[Start | Step]:
    """Train on fixed samples that the workers scale at random."""
    batch = batches(Augmented(steps, factor), workers)
    weight = fixed(8, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        x = next(batch).to(device)
        return (x,), (x * weight).square().mean()

    yield from descend({"weight": weight}, steps, loss_of)
