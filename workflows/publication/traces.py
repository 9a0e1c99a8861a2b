"""Traces as a publication carries them: by content, whole or brief.

Equal runs have equal trace files, so a trace is kept once, named by the SHA-256 that its record
names. A brief one holds the initial weights and some steps: enough to show where another machine
parts, small enough to keep in a repository.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workflows.errors import UserError
from workflows.records import Run, RunRecord

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


def read(path: Path, record: RunRecord) -> Reference:
    """Read a published trace; raise `UserError` when it does not fit its record."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            initial, steps, losses = arrays["initial"], arrays["steps"], arrays["losses"]
            at = arrays["at"] if "at" in arrays else np.arange(len(steps), dtype=np.int64)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"{path.name}: is not a trace ({error}); ask for a new copy") from None
    trace = record.trace
    wrong = (
        (initial.dtype, steps.dtype, losses.dtype, at.dtype)
        != (np.uint64, np.uint64, np.float64, np.int64)
        or initial.shape != (len(trace.tensors),)
        or steps.shape != (len(at), 4)
        or losses.shape != (len(at),)
        or (len(at) > 0 and (at[0] < 0 or at[-1] >= trace.steps or (np.diff(at) <= 0).any()))
    )
    if wrong:
        raise UserError(
            f"{path.name}: its arrays do not fit the record of {record.run.path}; "
            "ask for a new copy"
        )
    return Reference(record, at, initial, steps, losses)
