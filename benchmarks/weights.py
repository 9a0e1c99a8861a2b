"""The weights of a program, by name, as they stand now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from torch import Tensor, nn

Weights: TypeAlias = nn.Module | Mapping[str, Tensor]


def named(weights: Weights) -> dict[str, Tensor]:
    """Return parameters and buffers by name: asked anew, for a program may replace a tensor.

    Raises `TypeError` for an entry that is no tensor.
    """
    if isinstance(weights, nn.Module):
        weights = weights.state_dict(keep_vars=True)
    found = dict(weights)
    for name, tensor in found.items():
        if not isinstance(tensor, Tensor) or not isinstance(name, str):
            raise TypeError(
                f"the weights' entry {name!r} is of type {type(tensor).__name__}: expected a "
                "tensor by its name; name the tensors alone: Start(dict(model.named_parameters()))"
            )
    return found


def check(weights: Weights) -> None:
    """Raise `TypeError` or `ValueError`, with what to write, unless these name tensors for good.

    An iterator, say, is empty when it is looked at again.
    """
    if not isinstance(weights, nn.Module | Mapping):
        raise TypeError(
            f"Start(weights) got the type {type(weights).__name__}: expected a module, or a "
            "mapping of tensors by name; write Start(model) or Start({'w': w})"
        )
    if not named(weights):
        raise ValueError(
            "Start(weights) names no tensor: nothing would be compared; write Start(model), once "
            "its weights are made"
        )
