"""How a difference grows over the steps that follow it."""

from __future__ import annotations

from workflows.compare.close_look import Growth
from workflows.compare.distance import distance
from workflows.compare.locate import all_weights, losses
from workflows.runs.record import Run
from workflows.runs.tensors import Dense

LATER = (0, 1, 10, 100, 1000)
"""Steps after the first difference at which its size is taken."""


def window(step: int, steps: int) -> list[int]:
    """Return the steps at which a difference at `step` is measured in a run of `steps`.

    Where the run ends before, its last step stands for the later ones.
    """
    return sorted({min(step + later, steps - 1) for later in LATER})


def of_traces(a: Run, b: Run, step: int) -> list[Growth]:
    """Return the growth of the loss from two traces alone.

    A trace holds each loss as float64, exactly, but not the type that it had: so no ULP.
    """
    rows = []
    for at in window(step, min(len(a.losses), len(b.losses))):
        size = distance(a.losses[at : at + 1], b.losses[at : at + 1])
        loss = size.model_copy(update={"ulp": None})
        rows.append(Growth(later=at - step, step=at, loss=loss))
    return rows


def of_tensors(a: Dense, b: Dense, step: int) -> list[Growth]:
    """Return the growth of loss and weights from the tensors that both sides kept."""
    kept = sorted({at for at in a.steps if at >= step} & {*b.steps})
    return [
        Growth(later=at - step, step=at, loss=losses(a, b, at), weights=all_weights(a, b, at))
        for at in kept
    ]
