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
from workflows.runs.record import Run, RunRecord, arrays, misshapen

FIRST, EVERY = 250, 100
"""A brief trace holds each of the first steps, then each hundredth, and the last."""


@dataclass(frozen=True)
class Reference:
    """A published run, with the steps of its trace that were published.

    `at`: int64 (kept,), the published steps in rising order; `run`: a row of its trace is a
    published step.
    """

    at: np.ndarray
    run: Run

    @property
    def record(self) -> RunRecord:
        """Its record."""
        return self.run.record


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
    shown = run.rows(at)
    np.savez(buffer, at=at, **{name: getattr(shown, name) for name in arrays(run.record)})
    return buffer.getvalue()


def read(path: Path, record: RunRecord, *, brief: bool) -> Reference:
    """Read a published trace; raise `UserError` when it does not fit its record."""
    names = arrays(record)
    try:
        found = Arrays(path.read_bytes()).exactly([*names, *(["at"] if brief else [])])
    except (OSError, ValueError) as error:
        raise UserError(f"{path.name}: is not a trace ({error}); ask for a new copy") from None
    count = record.trace.steps
    at = kept(count) if brief else np.arange(count, dtype=np.int64)
    run = Run(record, *(found[name] for name in names))
    if misshapen(run, len(at)) or (brief and not np.array_equal(found["at"], at)):
        raise UserError(
            f"{path.name}: its arrays do not fit the record of {record.run.path}; "
            "ask for a new copy"
        )
    return Reference(at, run)
