"""Basic operators, one a step: which of them gives other bits on another machine?

Trains nothing. Each step computes one operator from inputs that are the same everywhere (counted,
not drawn), hands its result to the tracer as the step's batch, and prints its name. So two
machines that disagree on a program can be told by which operator. On an Intel Xeon with AVX-512,
capping the instruction sets to AVX2 changes all but sum, sum-rows, randn and uniform.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.contract import Start, Step
from benchmarks.probes.program import fixed

STEPS = 12
OPTIONS: dict[str, int] = {}
DATA = None
PUBLISHED = None


def operators(device: torch.device) -> dict[str, Callable[[], Tensor]]:
    """Return the operators by name; each computes its result anew. float32, shapes below."""
    rows, square = fixed(64, 257, device=device), fixed(257, 129, device=device)
    images, filters = fixed(8, 16, 24, 24, device=device), fixed(32, 16, 3, 3, device=device)
    long = fixed(100_003, device=device)

    def backward() -> Tensor:
        """Return the gradient of the filters: another kernel than the forward pass."""
        weights = filters.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(
            functional.conv2d(images, weights).square().sum(), weights
        )
        return gradient

    return {
        "matmul": lambda: rows @ square,
        "matmul-small": lambda: rows[:4, :10] @ square[:10, :100],
        "conv2d": lambda: functional.conv2d(images, filters),
        "conv2d-backward": backward,
        "softmax": lambda: functional.softmax(rows, dim=1),
        "log-softmax": lambda: functional.log_softmax(rows, dim=1),
        "sum": long.sum,
        "sum-rows": lambda: rows.sum(dim=1),
        "exp": long.exp,
        "tanh": long.tanh,
        "randn": lambda: torch.randn(1000, device=device),
        "uniform": lambda: torch.empty(1000, device=device).uniform_(),
    }


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Compute `steps` operators in turn."""
    yield Start({"nothing": torch.ones(16, device=device)})  # something to flip a bit of
    for step, (name, compute) in enumerate(operators(device).items()):
        if step >= steps:
            return
        result = compute().detach()
        print(name, f"{result.flatten()[0].item():.9g}")
        yield Step((result,), result.flatten()[0])
