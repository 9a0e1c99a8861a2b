"""What a benchmark hands to whoever watches it: its weights once, then every step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor, nn


class Start(NamedTuple):
    """Yielded once, before the first step: what is going to be trained."""

    weights: nn.Module | Mapping[str, Tensor]


class Step(NamedTuple):
    """Yielded after each update, while the gradients of that step still stand in `.grad`."""

    batch: tuple[Tensor, ...]
    loss: Tensor
