"""The time of every step."""

from __future__ import annotations

import statistics
import time
from typing import Any

import torch

WARM_UP = 0.1
"""Share of the steps, at least one, that comes first and does not count."""


class Clock:
    """Takes the time at every step's end.

    On a GPU a step ends when its work is done only if the clock waits for that: it does when
    steps are timed for their own sake, not when they are traced.
    """

    def __init__(self, device: torch.device, *, waits: bool) -> None:
        """Time steps on `device`; `waits`: let the device finish each of them first."""
        self._device = device if waits and device.type == "cuda" else None
        self._before = 0
        self.steps: list[int] = []

    def start(self) -> None:
        """Begin to measure a step here."""
        self._before = self._now()

    def step(self) -> None:
        """End a step here, and begin the next."""
        now = self._now()
        self.steps.append(now - self._before)
        self._before = now

    def _now(self) -> int:
        if self._device is not None:
            torch.cuda.synchronize(self._device)
        return time.perf_counter_ns()

    def timing(self, *, traced: bool) -> dict[str, Any]:
        """Return seconds per step: untraced the median; traced the mean and the median.

        Both medians leave the warm-up out; None where no step is left.
        """
        counted = self.steps[max(1, int(len(self.steps) * WARM_UP)) :]
        median = statistics.median(counted) / 1e9 if counted else None
        if not traced:
            return {"step_seconds": median, "steps_timed": len(counted)}
        mean = statistics.fmean(self.steps) / 1e9 if self.steps else None
        return {
            "step_seconds": mean, "median_step_seconds": median, "steps_timed": len(counted)
        }  # fmt: skip
