"""Matrix products on several CUDA streams: cuBLAS may share its workspace among them and then
choose its kernel by what is free at the moment; a fixed workspace (`cublas-workspace`) prevents it.

Source: cuBLAS documentation, "Results reproducibility". PyTorch gives each stream a workspace of
its own, so that this may not show at all.
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
    "source": "cuBLAS workspace",
    "devices": ["cuda"],
    "unset": {"settings": []},
    "set": {"settings": ["cublas-workspace"]},
}

STREAMS = 4


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Multiply thin fixed matrices on four streams at once."""
    streams = [torch.cuda.Stream(device) for _ in range(STREAMS)]
    x = fixed(STREAMS, 64, 8192, device=device)
    weight = fixed(8192, 64, device=device)

    def loss_of(step: int) -> tuple[tuple[Tensor, ...], Tensor]:
        here = torch.cuda.current_stream(device)
        products = []
        for turn in range(8 * STREAMS):
            stream = streams[turn % STREAMS]
            stream.wait_stream(here)
            with torch.cuda.stream(stream):
                products.append(x[turn % STREAMS] @ weight)
        for stream in streams:
            here.wait_stream(stream)
        return (), torch.stack(products).square().mean()

    yield from descend({"weight": weight}, steps, loss_of)
