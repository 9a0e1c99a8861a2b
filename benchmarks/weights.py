"""The weights of a program, by name, as they stand now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from torch import Tensor, nn

Weights: TypeAlias = nn.Module | Mapping[str, Tensor]


def named(weights: Weights) -> dict[str, Tensor]:
    """Return parameters and buffers by name: asked anew, for a program may replace a tensor."""
    if isinstance(weights, nn.Module):
        return dict(weights.state_dict(keep_vars=True))
    return dict(weights)
