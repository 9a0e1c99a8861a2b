"""The backward of an embedding: a control, although it is often named among the culprits.

On CUDA it sorts the indices, or lets one warp add the rows one after the other, so that it needs
no atomic additions (PyTorch, aten/src/ATen/native/cuda/Embedding.cu), and the documentation of
`torch.use_deterministic_algorithms` does not list it. Its relative `embedding_bag` differs.
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
    "source": "embedding backward",
    "devices": ["cpu", "cuda"],
    "unset": {"settings": [], "threads": 2},
    "set": {"settings": ["deterministic-algorithms"], "threads": 2},
    "unset_shows": "identical",
}

COUNT = 40_000


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Look each of 16 rows up thousands of times."""
    index, factors = spread(COUNT, rows=16, device=device), fixed(COUNT, 1, device=device)
    rows = fixed(16, 8, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        return (), (functional.embedding(index, rows) * factors).sum()

    yield from descend({"rows": rows}, steps, loss_of)
