"""Leaves the record of a run that could not be carried out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from workflows.common.files import atomic
from workflows.common.sums import sha256
from workflows.experiment.specification import RunSpecification
from workflows.runs.record import Ending, arrays, without_training


def write_without_training(
    path: Path, run: RunSpecification, ending: Ending, used: dict[str, Any]
) -> None:
    """Leave the record, and an empty trace, of a run that could not; `used` holds its fields."""
    trace = path.with_suffix(".npz")
    empty = without_training(run, ending)
    with atomic(trace) as temporary, temporary.open("wb") as file:
        np.savez(file, **{name: getattr(empty, name) for name in arrays(empty.record)})
    record = without_training(run, ending, sha256(trace)).record
    record.model_copy(update=used).write(path)
