"""What a benchmark hands to whoever watches it: its weights once, then every step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from benchmarks.weights import Weights

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

    from benchmarks.weights import Weights


class Resumption(Protocol):
    """Knows which steps a resumed run has behind it."""

    def skips(self, step: int) -> bool:
        """Be told that the program has come to `step`; say whether it is to pass it over."""


class Start:
    """Yielded once, before the first step: what is going to be trained.

    `weights`: a module, or a mapping of tensors where there is none; `optimizer`: the one that
    has a state to go on from; `carried`: plain values that the program keeps from step to step.
    All three are put back in place when a run is resumed.
    """

    def __init__(
        self,
        weights: Weights,
        optimizer: Optimizer | None = None,
        carried: dict[str, Any] | None = None,
    ) -> None:
        """Name what the program changes as it trains.

        Raises `TypeError` or `ValueError` for weights that cannot be watched.
        """
        from benchmarks.weights import check

        check(weights)
        self.weights = weights
        self.optimizer = optimizer
        self.carried = {} if carried is None else carried
        self.resumption: Resumption | None = None

    def skips(self, step: int) -> bool:
        """Return True for the steps that a resumed run has behind it: pass them over.

        `step` counts from 0, over all epochs.
        """
        return self.resumption is not None and self.resumption.skips(step)


class Step(NamedTuple):
    """Yielded after each update, while the gradients of that step still stand in `.grad`."""

    batch: tuple[Tensor, ...]
    loss: Tensor
