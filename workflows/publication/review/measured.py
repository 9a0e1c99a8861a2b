"""What a campaign took and how its losses spread, for those who review it. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable

from workflows.matrix.cells import Cell

START = 5.0
"""Seconds until a run's first step, about: Python, PyTorch, the model."""

ENOUGH = 3
"""Fewer seeds show no range that anything lies within or beyond."""


def seconds(cell: Cell) -> float:
    """Return about how many seconds one run of a cell takes, by its own median step."""
    return START + (cell.step_seconds or 0.0) * cell.steps


def minutes(cell: Cell) -> str:
    """Return that in minutes, at least one."""
    return str(max(1, math.ceil(seconds(cell) / 60)))


def core_hours(cells: Iterable[Cell]) -> float:
    """Return about how many hours of one core all completed runs of cells took."""
    return sum(seconds(cell) * len(cell.classes) for cell in cells) / 3600


def runs(cells: Iterable[Cell]) -> int:
    """Return the number of completed runs."""
    return sum(len(cell.classes) for cell in cells)


def over_seeds(cells: list[Cell], seeded: set[str]) -> list[str]:
    """Say of each benchmark how the last loss spreads over seeds, and where the seeded one lies.

    A run that sets no seed draws one from the system: the repeats of such a cell are seeds.
    `seeded`: the configurations that set PyTorch's seed.
    """
    lines = []
    for name in dict.fromkeys(cell.benchmark for cell in cells):
        own = [c for c in cells if (c.benchmark, c.variation) == (name, "baseline")]
        free = [c for c in own if c.configuration not in seeded and c.final_loss]
        fixed = [c for c in own if c.configuration in seeded and c.final_loss]
        if free and free[0].final_loss:
            lines.append(_spread(name, free[0], fixed))
    return lines


def _spread(name: str, free: Cell, fixed: list[Cell]) -> str:
    loss = free.final_loss
    if loss is None:
        return ""
    text = (
        f"{name}: last loss {loss.minimum:.6g} to {loss.maximum:.6g} over {len(free.classes)} "
        f"seeds (standard deviation {loss.standard_deviation:.2g})"
    )
    ends = [each.final_loss for each in fixed if each.final_loss]
    if not ends or len(free.classes) < ENOUGH:
        return text
    low, high = min(e.minimum for e in ends), max(e.maximum for e in ends)
    inside = loss.minimum <= low and high <= loss.maximum
    return (
        f"{text}; the seeded ones, {low:.6g} to {high:.6g}, lie {'within' if inside else 'beyond'}"
    )
