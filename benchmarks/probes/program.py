"""What the probes share: values that never change, and plain gradient descent.

A probe may only move bits by its one source, so that everything else in it comes from here:
weights and data are counted out, not drawn, and each update is the same elementwise product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from benchmarks.contract import Start, Step

Loss = Callable[[int], tuple[tuple[Tensor, ...], Tensor]]
"""Takes the step's number; returns its batch and its loss, a scalar that can be differentiated."""

RATE = 1e-2


def fixed(*shape: int, device: torch.device | str = "cpu") -> Tensor:
    """Return float32 values in [-0.5, 0.5) of any shape: the same bits on every machine.

    They are integers divided by a prime, made on the CPU: no generator, no vectorised function.
    """
    count = torch.Size(shape).numel()
    scattered = torch.arange(count, dtype=torch.int64) * 7919 % 10007
    return (scattered.to(torch.float32) / 10007 - 0.5).reshape(shape).to(device)


def spread(*shape: int, rows: int, device: torch.device | str = "cpu") -> Tensor:
    """Return int64 indices in [0, rows) of any shape, scattered but always the same."""
    count = torch.Size(shape).numel()
    scattered = torch.arange(count, dtype=torch.int64) * 7919 % 10007
    return (scattered % rows).reshape(shape).to(device)


def descend(weights: dict[str, Tensor], steps: int, loss_of: Loss) -> Iterator[Start | Step]:
    """Yield the start, then take `steps` steps down the gradient of `loss_of`, yielding each."""
    for weight in weights.values():
        weight.requires_grad_()
    yield Start(weights)
    for step in range(steps):
        batch, loss = loss_of(step)
        for weight in weights.values():
            weight.grad = None
        loss.backward()
        with torch.no_grad():
            for weight in weights.values():
                weight.sub_(RATE * weight.grad)
        yield Step(batch, loss)
