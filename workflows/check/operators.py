"""Reads what `benchmarks/harness/unchanged/recorder.py` has recorded of the operators of a step."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from workflows.check.record import Commanded
from workflows.compare.operators import Operator

RUNS = 3
"""Runs that are recorded at most: two tell where they part, a third if these two are alike."""


def recorded(run: Commanded, folder: Path, index: int) -> list[Operator] | None:
    """Return what the process `index` of a run recorded in its `folder`.

    None where it recorded nothing, or where recording failed.
    """
    processes = run.record.processes[index : index + 1]
    path = folder / processes[0].operators if processes else None
    if run.record.status != "completed" or path is None or not path.exists():
        return None
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [Operator.model_validate(json.loads(line)) for line in lines]
    except (ValueError, ValidationError):  # a fault of the recorder's own is its last line
        return None
