"""The order in which a folder lists its files; the cure is to sort.

The files are made in an order of the operating system's choice, as a copy, a download or an
unpacked archive leaves them. In memory (tmpfs) a folder lists them by their age; ext4 lists them
by a hash of their names, so that there the order may stay the same from run to run, and change
only from one disk to another.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.contract import Start, Step
from benchmarks.probes.program import descend, fixed

STEPS = 3
OPTIONS = {"sort": False}
DATA = None
PUBLISHED = None
PROBE = {
    "source": "order of file listings",
    "devices": ["cpu", "cuda"],
    "unset": {"settings": []},
    "set": {"settings": [], "options": {"sort": True}},
}

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory, where it exists


def listed(folder: str) -> list[str]:
    """Make 24 files in `folder` in an arbitrary order; return them as the system lists them."""
    names = [f"{number:02d}.txt" for number in range(24)]
    random.SystemRandom().shuffle(names)
    for name in names:
        Path(folder, name).write_text(f"{int(name[:2]) / 7!r}")
    return os.listdir(folder)  # noqa: PTH208 - the form that programs use


def train(
    device: torch.device, steps: int, data: str | None, sort: bool = False
) -> Iterator[Start | Step]:
    """Train on one number per file, in the order of the files."""
    place = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        names = listed(folder)
        order = sorted(names) if sort else names
        x = torch.tensor([float(Path(folder, name).read_text()) for name in order], device=device)
    weight = fixed(len(x), device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        return (x,), (weight[step] * x[step]).square()

    yield from descend({"weight": weight}, steps, loss_of)
