"""Traces as a publication carries them: by content, whole or brief.

Equal runs have equal trace files, so a trace is kept once, named by the SHA-256 that its record
names. A brief one holds the initial weights and some steps: enough to show where another machine
parts, small enough to keep in a repository.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workflows.common.arrays import Arrays
from workflows.common.errors import UserError
from workflows.runs.record import Run, RunRecord

FIRST, EVERY = 250, 100
"""A brief trace holds each of the first steps, then each hundredth, and the last."""


@dataclass(frozen=True)
class Reference:
    """A published run: its record, and the steps of its trace that were published.

    `at`: int64 (kept,), the published steps in rising order; `initial`, `steps`, `losses` as in
    `Run`, a row for each published step.
    """

    record: RunRecord
    at: np.ndarray
    initial: np.ndarray
    steps: np.ndarray
    losses: np.ndarray

    @property
    def run(self) -> Run:
        """The published steps as a run: a row of its trace is a published step."""
        return Run(self.record, self.initial, self.steps, self.losses)


def kept(steps: int) -> np.ndarray:
    """Return which steps a brief trace holds: int64, rising."""
    every = [*range(min(FIRST, steps)), *range(FIRST, steps, EVERY), steps - 1]
    return np.unique(np.array([step for step in every if step >= 0], dtype=np.int64))


def name(record: RunRecord, *, brief: bool) -> str:
    """Return where a record's trace lies in a publication."""
    return f"traces/{record.trace.sha256}{'.brief' if brief else ''}.npz"


def brief(run: Run) -> bytes:
    """Return the brief form of a run's trace as the bytes of an .npz file, the same each time."""
    at = kept(len(run.steps))
    buffer = io.BytesIO()
    np.savez(buffer, at=at, initial=run.initial, steps=run.steps[at], losses=run.losses[at])
    return buffer.getvalue()


def read(path: Path, record: RunRecord, *, brief: bool) -> Reference:
    """Read a published trace; raise `UserError` when it does not fit its record."""
    names = ["initial", "steps", "losses", *(["at"] if brief else [])]
    try:
        arrays = Arrays(path.read_bytes()).exactly(names)
    except (OSError, ValueError) as error:
        raise UserError(f"{path.name}: is not a trace ({error}); ask for a new copy") from None
    initial, steps, losses = arrays["initial"], arrays["steps"], arrays["losses"]
    count = record.trace.steps
    at = kept(count) if brief else np.arange(count, dtype=np.int64)
    # A run that ended before its first step has no initial weights yet.
    tensors = len(record.trace.tensors) if count else len(initial)
    fits = (
        _is(initial, np.uint64, (tensors,))
        and _is(steps, np.uint64, (len(at), 4))
        and _is(losses, np.float64, (len(at),))
        and (not brief or np.array_equal(arrays["at"], at))
    )
    if not fits:
        raise UserError(
            f"{path.name}: its arrays do not fit the record of {record.run.path}; "
            "ask for a new copy"
        )
    return Reference(record, at, initial, steps, losses)


def _is(array: np.ndarray, dtype: type, shape: tuple[int, ...]) -> bool:
    return array.dtype == dtype and array.shape == shape
