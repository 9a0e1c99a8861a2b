"""Checked-in records of real runs (toy, 100 steps, CPU), and ways to plant faults in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from workflows.runs.record import Run, read

RECORDS = Path(__file__).parents[1] / "fixtures" / "records"
STEPS = 100


def path(configuration: str, repeat: int, variation: str = "baseline") -> Path:
    """Return the path of a checked-in record."""
    folder = RECORDS / "host" / "cpu" / "toy" / configuration / variation
    return folder / f"{repeat}.json"


def run(configuration: str = "seeded", repeat: int = 0) -> Run:
    """Return a real run: seeded, strict (both always the same bits) or unseeded."""
    return read(path(configuration, repeat))


def runs(configuration: str) -> list[Run]:
    """Return the three repeats of a configuration."""
    return [run(configuration, repeat) for repeat in range(3)]


def change(run: Run, /, **fields: Any) -> Run:
    """Return the run with other fields in its record; `trace` takes a dict of its fields."""
    trace = run.record.trace.model_copy(update=fields.pop("trace", {}))
    return replace(run, record=run.record.model_copy(update={**fields, "trace": trace}))


def flip_step(run: Run, step: int, column: int) -> Run:
    """Return the run with one bit flipped in one phase of one step."""
    steps = run.steps.copy()
    steps[step, column] ^= np.uint64(1)
    return replace(run, steps=steps)


def flip_initial(run: Run, tensor: int) -> Run:
    """Return the run with one bit flipped in the fingerprint of one initial weight tensor."""
    initial = run.initial.copy()
    initial[tensor] ^= np.uint64(1)
    return replace(run, initial=initial)
