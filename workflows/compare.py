"""`python -m workflows.compare A.json B.json`: the first difference between two runs.

Prints how the loss parts from there on and, where the runs kept tensors, the tensor and the size.
Exit code 0: identical; 1: they differ; 2: they cannot be compared.
"""

from __future__ import annotations

import argparse
from itertools import zip_longest
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from workflows.errors import UserError, command
from workflows.records import Run

STEP_PHASES = ("batch", "loss", "gradients", "weights")

Phase = Literal[
    "initial weights", "batch", "loss", "gradients", "weights", "length", "final weights", "printed"
]


class Difference(BaseModel):
    """Where two runs part: the phase in causal order, the step (from 0), the tensor if known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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


def main() -> int:
    """Compare the two records named on the command line."""
    from workflows.describe import report  # imports this module by its name: one `Difference`

    parser = argparse.ArgumentParser(prog="python -m workflows.compare", description=__doc__)
    parser.add_argument("a", type=Path)
    parser.add_argument("b", type=Path)
    args = parser.parse_args()
    text, differs = report(args.a, args.b)
    print(text)
    return int(differs)


if __name__ == "__main__":
    command(main)
