"""Loss curves of a cell's repeats, short enough for a page: one per letter, in blocks of steps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from workflows.runs.record import Run

POINTS = 200
"""A longer run is cut into this many blocks of steps."""


SEED = "torch-seed"
"""The setting without which curves are grey: no two of them are meant to be alike."""


def blocks(steps: int) -> list[int]:
    """Return where each block ends: the number of steps taken by then."""
    count = min(steps, POINTS)
    return [round(steps * (i + 1) / count) for i in range(count)]


def number(value: float) -> float | None:
    """Return a number with six digits, None for one that JSON has no word for."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def means(losses: np.ndarray, ends: list[int]) -> list[float | None]:
    """Return the mean loss of every block; `losses`: float64 (steps,)."""
    return [number(float(block.mean())) for block in _cut(losses, ends)]


def largest(losses: np.ndarray, against: np.ndarray, ends: list[int]) -> list[float | None]:
    """Return the largest |difference| of every block; both float64 (steps,)."""
    # Where both left the numbers alike there is no distance, and no warning is due.
    with np.errstate(invalid="ignore"):
        apart = np.abs(losses - against)
    return [number(float(block.max())) for block in _cut(apart, ends)]


def _cut(values: np.ndarray, ends: list[int]) -> list[np.ndarray]:
    return np.split(values, ends[:-1])


def curves(runs: list[Run], letters: list[str]) -> dict[str, Any] | None:
    """Return the curves of a cell's completed runs; `letters`: one for each of them.

    `steps`: where each block ends; `loss` and `difference` (from the first repeat) by letter, so
    that equal repeats share their numbers; `repeats`: the letter of each repeat; `seeded`. None
    without a completed run, and for runs of unequal length.
    """
    completed = [run for run in runs if run.record.status == "completed"]
    lengths = {len(run.losses) for run in completed}
    if len(lengths) != 1 or 0 in lengths:
        return None
    ends = blocks(lengths.pop())
    by_letter: dict[str, Run] = {}
    for letter, run in zip(letters, completed, strict=True):
        by_letter.setdefault(letter, run)
    first = completed[0].losses
    return {
        "seeded": all(SEED in run.record.run.settings for run in completed),
        "steps": ends,
        "loss": {letter: means(run.losses, ends) for letter, run in by_letter.items()},
        "difference": {
            letter: largest(run.losses, first, ends) for letter, run in by_letter.items()
        },
        "repeats": [
            {"repeat": run.record.run.repeat, "letter": letter}
            for run, letter in zip(completed, letters, strict=True)
        ],
    }
