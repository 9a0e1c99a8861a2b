"""The number of a loader's worker processes: each worker draws from a generator of its own.

Which worker loads a batch, and so which generator augments it, depends on how many there are;
seeds do not help. The cure is in the program: draw from a generator seeded with the sample's own
index (and the epoch, where there is more than one), so that who loads it does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.contract import Start, Step
from benchmarks.probes.augmented import Augmented, batches
from benchmarks.probes.program import descend, fixed

STEPS = 4
OPTIONS = {"workers": 1, "by_index": False}
DATA = None
PUBLISHED = None
PROBE = {
    "source": "number of workers",
    "devices": ["cpu"],
    "unset": {"settings": ["torch-seed"]},
    "set": {"settings": ["torch-seed"], "options": {"by_index": True}},
    "against": {"options": {"workers": 2}},
}


def drawn(index: int) -> float:
    """Return a factor from the worker's default generator."""
    return 0.5 + float(torch.rand(()))


class ByIndex:
    """Returns a factor from a generator seeded with the program's seed and the sample's index."""

    def __init__(self) -> None:
        """Take the program's seed: in a worker `torch.initial_seed` is the worker's own."""
        self._seed = torch.initial_seed()

    def __call__(self, index: int) -> float:
        """Return the factor of one sample."""
        generator = torch.Generator().manual_seed((self._seed * 1_000_003 + index) % 2**63)
        return 0.5 + float(torch.rand((), generator=generator))


def train(
    device: torch.device, steps: int, data: str | None, workers: int = 1, by_index: bool = False
) -> Iterator[Start | Step]:
    """Train on fixed samples that the workers scale at random."""
    batch = batches(Augmented(steps, ByIndex() if by_index else drawn), workers)
    weight = fixed(8, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        x = next(batch).to(device)
        return (x,), (x * weight).square().mean()

    yield from descend({"weight": weight}, steps, loss_of)
