"""MKL's matrix products: the code path, chosen by the processor, decides the order of additions.

Fewer instructions stand for another processor. That alone shows on Intel's processors; on others
MKL ignores it, so the change asks for MKL's common path too, which the cap takes on both sides.
With the cap, emulated Intel (Haswell) and AMD (EPYC-Rome) processors gave the same product
(torch 2.13.0).
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
    "source": "CPU instruction set, MKL",
    "devices": ["cpu"],
    "unset": {"settings": []},
    "set": {"settings": ["mkl-compatible"]},
    "against": {"variables": {"MKL_ENABLE_INSTRUCTIONS": "SSE4_2", "MKL_CBWR": "COMPATIBLE"}},
}


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Multiply fixed matrices."""
    x = fixed(96, 501, device=device)
    weight = fixed(501, 64, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        return (), (x @ weight).square().mean()

    yield from descend({"weight": weight}, steps, loss_of)
