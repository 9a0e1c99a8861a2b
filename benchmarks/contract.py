"""What a benchmark hands to whoever watches it: what it trains once, then every step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from benchmarks.weights import Weights

if TYPE_CHECKING:
    from torch import Tensor


class Resumption(Protocol):
    """Knows which steps a resumed run has behind it."""

    def skips(self, step: int) -> bool:
        """Be told that the program has come to `step`; say whether it is to pass it over."""


class Start:
    """Yielded once, before the first step: what is going to be trained.

    First a module, or a mapping of tensors where there is none; then any number of things that
    have a `state_dict`: further modules, optimizers, schedulers, scalers. `carried`: plain values
    that the program keeps from step to step. All of it is put back in place when a run is resumed.

    `save` and `load`: the program's own, each given a path. With them a resumed run goes on as the
    program itself would: `save` is called after its last step, `load` in a new process before the
    first one, and nothing else is put back; the program then goes on with the step that it loaded.
    """

    def __init__(
        self,
        weights: Weights,
        *parts: Any,
        carried: dict[str, Any] | None = None,
        save: Callable[[Path], Any] | None = None,
        load: Callable[[Path], Any] | None = None,
    ) -> None:
        """Name what the program changes as it trains; a dict among `parts` is `carried` too.

        Raises `TypeError` or `ValueError` for what cannot be watched or resumed.
        """
        from benchmarks.weights import check, parted

        models, self.parts, values = parted(parts, carried)
        self.weights: Weights = (weights, *models) if models else weights
        check(self.weights)
        self.carried = values
        if not (callable(save) and callable(load)) and not (save is None and load is None):
            raise TypeError(
                "Start(save=..., load=...): expected two functions of a path, or neither"
            )
        self.own = (save, load) if save and load else None
        self.resumption: Resumption | None = None

    def skips(self, step: int) -> bool:
        """Return True for the steps that a resumed run has behind it: pass them over.

        `step` counts from 0, over all epochs.
        """
        return self.resumption is not None and self.resumption.skips(step)


class Step(NamedTuple):
    """Yielded after each update, while the gradients of that step still stand in `.grad`.

    `batch`: tensors in a tuple, a list or a dict, nested at will; `loss`: a scalar tensor.
    """

    batch: Any
    loss: Tensor
