"""Does a training live? Runs that agree because all of them are nan agree in nothing. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workflows.runs.record import Run

STILL = "no weight moves"
DETECTORS = {"memory-fill": "they read memory that was never initialised"}
"""Settings that make a fault show instead of curing it: what it means that they make runs agree."""


def ruined(cured: Sequence[Run], before: Sequence[Run]) -> str | None:
    """Say why completed runs that agree are no cure of what those `before` showed, else None.

    Weights that stand still count only where they moved before: a program need not train.
    """
    why = not_living(cured)
    return None if why == STILL and any(map(stands_still, before)) else why


def hides(phase: str, cured: Sequence[Run], before: Sequence[Run]) -> str | None:
    """Say why completed runs that agree hide what those `before` show after their last step.

    They print or leave less: what differs may be what is missing.
    """
    for phases, words, name in (
        (("printed", "printed errors"), "less is printed", "printed"),
        (("files",), "fewer files are left", "files"),
    ):
        there = [[len(getattr(run.record, name)) for run in runs] for runs in (cured, before)]
        if phase in phases and max(there[0]) < min(there[1]):
            return words
    return None


def not_living(runs: Sequence[Run]) -> str | None:
    """Say why completed runs train nothing, else None."""
    return _not_finite(runs) or (STILL if any(map(stands_still, runs)) else None)


def _not_finite(runs: Sequence[Run]) -> str | None:
    """Say from which step on a loss is no number."""
    for run in runs:
        bad = ~np.isfinite(run.losses)
        if bad.any():
            step = int(np.argmax(bad))
            value = float(run.losses[step])
            lasting = bool(bad[step:].all())
            return (
                f"every loss is {value} from step {step}"
                if lasting
                else f"the loss is {value} at step {step}"
            )
    return None


def stands_still(run: Run) -> bool:
    """Return whether no weight moved, as far as the record can tell.

    Before version 3 it cannot be told of the first step.
    """
    if run.record.trace.moved is not None:
        return run.record.trace.moved == 0
    weights = run.column("weights")
    return len(weights) > 1 and bool((weights == weights[0]).all())
