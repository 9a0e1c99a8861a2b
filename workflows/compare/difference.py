"""Where two runs first differ, in causal order."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import Literal

import numpy as np

from workflows.common.errors import UserError
from workflows.common.models import Model
from workflows.runs.record import Run

STEP_PHASES = ("batch", "loss", "gradients", "weights")

Phase = Literal[
    "initial weights", "batch", "loss", "gradients", "weights", "length", "final weights", "printed"
]


class Difference(Model):
    """Where two runs part: the phase in causal order, the step (from 0), the tensor if known."""

    phase: Phase
    step: int | None = None
    tensor: str | None = None

    def __str__(self) -> str:
        """Say it in words."""
        where = f" at step {self.step}" if self.step is not None else ""
        return f"{self.phase}{where}" + (f" ({self.tensor})" if self.tensor else "")


def first_difference(a: Run, b: Run) -> Difference | None:
    """Return where two runs first differ, or None when every bit that was traced is equal.

    Raises `UserError` where they were traced by two versions of the fingerprint.
    """
    same_fingerprints(a, b)
    names_a, names_b = a.record.trace.tensors, b.record.trace.tensors
    prints = a.initial.tolist(), b.initial.tolist()
    for left, right, x, y in zip_longest(names_a, names_b, *prints):
        if (left, x) != (right, y):
            return Difference(phase="initial weights", tensor=left or right)
    common = min(len(a.steps), len(b.steps))
    rows, columns = np.nonzero(a.steps[:common] != b.steps[:common])
    if len(rows):
        # np.nonzero goes row by row and, in a row, phase by phase: causal order.
        return Difference(phase=STEP_PHASES[columns[0]], step=int(rows[0]))
    if len(a.steps) != len(b.steps):
        return Difference(phase="length", step=common)
    if a.record.trace.final_weights != b.record.trace.final_weights:
        return Difference(phase="final weights")
    if a.record.printed != b.record.printed:
        return Difference(phase="printed")
    return None


def same_fingerprints(a: Run, b: Run) -> None:
    """Raise `UserError` where two runs were traced by two versions of the hash.

    Equal bits then have unequal fingerprints, so that neither answer would mean anything.
    """
    versions = a.record.trace.fingerprint, b.record.trace.fingerprint
    if versions[0] != versions[1]:
        named = [
            f"{run.record.run.path} by version {v}" for run, v in zip((a, b), versions, strict=True)
        ]
        raise UserError(
            f"traced by two versions of the fingerprint: {' and '.join(named)}; "
            "make one of them again with --fingerprint of the other"
        )


def earliest(differences: list[Difference]) -> Difference:
    """Return the one that comes first in causal order."""
    order = ("initial weights", *STEP_PHASES, "length", "final weights", "printed")

    def key(difference: Difference) -> tuple[float, int]:
        late = difference.phase in ("final weights", "printed")
        step = -1 if difference.phase == "initial weights" else difference.step
        return (float("inf") if late or step is None else step, order.index(difference.phase))

    return min(differences, key=key)


def comparable(a: Run, b: Run) -> None:
    """Raise `UserError` unless both runs trained the same benchmark."""
    for run in (a, b):
        if run.record.status != "completed":
            where = f"{run.record.run.path}: {run.record.status}: {run.record.reason}"
            raise UserError(f"only completed runs can be compared; {where}")
        if not run.record.run.traced:
            where = f"{run.record.run.path}: its steps were only timed, not traced"
            raise UserError(f"{where}; run it with --traced True")
    same_fingerprints(a, b)
    if a.record.run.benchmark != b.record.run.benchmark:
        names = f"{a.record.run.benchmark} and {b.record.run.benchmark}"
        raise UserError(f"these are runs of two benchmarks, {names}; compare runs of one")


def cut(run: Run, steps: int) -> Run:
    """Return the first steps of a run, without what is only known at its end."""
    trace = run.record.trace.model_copy(update={"steps": steps, "final_weights": ""})
    record = run.record.model_copy(update={"trace": trace, "printed": []})
    return replace(run, record=record, steps=run.steps[:steps], losses=run.losses[:steps])


def parting(a: Run, b: Run) -> Difference | None:
    """Return the first difference over the steps that both runs took."""
    common = min(len(a.steps), len(b.steps))
    return first_difference(cut(a, common), cut(b, common))
