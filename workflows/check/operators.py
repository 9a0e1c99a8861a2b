"""Reads what `benchmarks/harness/operators/recorder.py` has recorded of the operators of a step."""

from __future__ import annotations

from pathlib import Path

from workflows.check.record import Commanded
from workflows.compare.close_look import Operator
from workflows.compare.operators import read

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
        return read(path.read_text(encoding="utf-8").splitlines())
    except ValueError:  # it is no text
        return None
