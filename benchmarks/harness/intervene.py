"""The planned fault: one bit of one weight, to show that the comparison finds it."""

from __future__ import annotations

import torch

from benchmarks.weights import Weights, named

WORDS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


@torch.no_grad()
def flip_bit(weights: Weights) -> str:
    """Invert the lowest bit of one weight in place, and return the name of its tensor.

    It is the middle element of the first floating-point tensor that is not all zeros. Raises
    `RuntimeError` where there is none.
    """
    for name, tensor in named(weights).items():
        if tensor.is_floating_point() and tensor.double().count_nonzero():
            bits = tensor.detach().view(WORDS[tensor.element_size()])
            middle = torch.unravel_index(torch.tensor(tensor.numel() // 2), tensor.shape)
            bits[tuple(int(i) for i in middle)].bitwise_xor_(1)
            return name
    raise RuntimeError(
        "no bit can be flipped: the benchmark has no floating-point weight but zeros"
    )
