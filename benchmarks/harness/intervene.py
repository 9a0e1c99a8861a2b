"""The planned fault: one bit that a run carries on, to show that the comparison finds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from benchmarks.setting import NotRunError
from benchmarks.weights import Weights, named

WORDS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
MIDDLE = 24 + 8 * 312
"""The byte of the CPU generator's state that ends the middle one of its words."""


def flip(place: str, weights: Weights, optimizers: Sequence[Optimizer], device: str) -> str:
    """Invert one bit in one of `PLACES`, and return what it belongs to.

    Raises `NotRunError` where the program has nothing there.
    """
    if place == "generator":
        return flip_generator(device)
    if place == "weights":
        return flip_bit(named(weights))
    found = buffers(weights) if place == "buffer" else states(optimizers)
    if not found:
        what = "buffer" if place == "buffer" else "optimizer with tensors in its state"
        raise NotRunError(f"no bit can be flipped: the benchmark has no {what}")
    return flip_bit(found)


def buffers(weights: Weights) -> dict[str, Tensor]:
    """Return all buffers, those that no `state_dict` holds too; the ones of floats first."""
    models = weights if isinstance(weights, tuple) else (weights,)
    modules = [model for model in models if isinstance(model, nn.Module)]
    found = [pair for module in modules for pair in module.named_buffers()]
    return dict(sorted(found, key=lambda pair: not pair[1].is_floating_point()))


def states(optimizers: Sequence[Optimizer]) -> dict[str, Tensor]:
    """Return the tensors of the optimizers' states; counters last."""
    held = [state for optimizer in optimizers for state in optimizer.state.values()]
    values = [value for state in held for value in state.values() if isinstance(value, Tensor)]
    values.sort(key=lambda value: value.dim() == 0)
    return {f"state {number}": value for number, value in enumerate(values)}


def flip_bit(tensors: Mapping[str, Tensor]) -> str:
    """Invert the lowest bit of one element in place, and return the name of its tensor.

    It is the middle element of the first floating-point tensor that is not all zeros; where there
    is none, of the first that counts something. Raises `NotRunError` where there is none either.
    """
    floats = {n: t for n, t in tensors.items() if t.is_floating_point() and not t.is_sparse}
    for name, tensor in floats.items():
        if tensor.double().count_nonzero():
            return _flip(name, tensor)
    for name, tensor in tensors.items():
        if tensor.dtype in (torch.int64, torch.int32) and tensor.numel():
            return _flip(name, tensor)
    raise NotRunError("no bit can be flipped: the benchmark has nothing there but zeros")


def _flip(name: str, tensor: Tensor) -> str:
    with torch.no_grad():
        bits = tensor.detach().view(WORDS[tensor.element_size()])
        middle = torch.unravel_index(torch.tensor(tensor.numel() // 2), tensor.shape)
        bits[tuple(int(i) for i in middle)].bitwise_xor_(1)
    return name


def flip_generator(device: str) -> str:
    """Invert one bit of the state of PyTorch's generator: a word of it, on a GPU its seed."""
    if device == "cuda":
        state = torch.cuda.get_rng_state()
        state[0] ^= 1
        torch.cuda.set_rng_state(state)
    else:
        state = torch.get_rng_state()
        state[MIDDLE] ^= 1
        torch.set_rng_state(state)
    return "torch"
