"""Checked-in records of real runs (toy, 100 steps, CPU), and ways to plant faults in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from workflows.common.sums import sha256
from workflows.runs.held import Held
from workflows.runs.record import Run, arrays, read
from workflows.runs.watched import PHASES, RANDOM

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


def holding(run: Run, **parts: dict[str, Any]) -> Run:
    """Return the run as if its record said something else of what held, part by part."""
    assert run.record.held
    said = run.record.held.model_dump()
    held = said | {name: (said.get(name) or {}) | part for name, part in parts.items()}
    return change(run, held=Held.model_validate(held))


def watched(run: Run, **fields: Any) -> Run:
    """Return the run as a record of version 3 has it: all phases watched, one generator drawn."""
    steps = np.zeros((len(run.steps), len(PHASES)), np.uint64)
    for column, name in enumerate(run.record.trace.phases):
        steps[:, PHASES.index(name)] = run.steps[:, column]
    steps[:, PHASES.index("backward")] = steps[:, PHASES.index("gradients")]
    steps[:, PHASES.index("state")] = 7  # momentum that never moves
    steps[:, : len(RANDOM)] = [1, 0, 2, 3, 0]
    steps[:, 0] += np.arange(len(steps), dtype=np.uint64)  # each step draws from PyTorch's
    trace = {"phases": [*PHASES], "final_state": "f" * 64, "state_tensors": ["momentum"]}
    newer = change(run, schema_version=3, trace=trace, **fields)
    ends = np.array([1 + len(steps), 0, 2, 3, 0, 7, 7], np.uint64)
    return replace(newer, steps=steps, ends=ends)


def leave(run: Run, path: Path) -> Path:
    """Write a run as it is; return where."""
    trace = path.with_suffix(".npz")
    np.savez(trace, **{name: getattr(run, name) for name in arrays(run.record)})
    change(run, trace={"sha256": sha256(trace)}).record.write(path)
    return path


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
