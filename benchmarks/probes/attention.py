"""The backward of flash attention: the blocks of keys add to the queries' gradient by atomic
additions in no fixed order; strict mode takes a slower, fixed one.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from benchmarks.contract import Start, Step
from benchmarks.probes.program import descend, fixed

STEPS = 2
OPTIONS: dict[str, int] = {}
DATA = None
PUBLISHED = None
PROBE = {
    "source": "attention backward",
    "devices": ["cuda"],
    "unset": {"settings": []},
    "set": {"settings": ["deterministic-algorithms"]},
}


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Attend with fixed queries, keys and values, in bfloat16."""
    names, shape = ("queries", "keys", "values"), (1, 4, 1024, 64)
    weights = {name: fixed(*shape, device=device) + 0.1 * place for place, name in enumerate(names)}
    factors = fixed(*shape, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        halves = [weight.to(torch.bfloat16) for weight in weights.values()]
        with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
            attended = functional.scaled_dot_product_attention(*halves)
        return (), (attended.to(torch.float32) * factors).sum()

    yield from descend(weights, steps, loss_of)
