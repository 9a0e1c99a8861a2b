"""The order of a set of strings, which Python shuffles in every process unless PYTHONHASHSEED is
set: here it numbers the words of a vocabulary.
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
    "source": "hash seed",
    "devices": ["cpu", "cuda"],
    "unset": {"settings": []},
    "set": {"settings": ["hash-seed"]},
}

TEXT = "the quick brown fox jumps over the lazy dog while a small grey cat sleeps under one tree"


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Train one row per word of a text."""
    numbers = {word: number for number, word in enumerate(set(TEXT.split()))}
    ids = torch.tensor([numbers[word] for word in TEXT.split()], device=device)
    rows = fixed(len(numbers), device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        return (ids,), rows[ids[step]].square()

    yield from descend({"rows": rows}, steps, loss_of)
