"""How long a run takes, about: by what an earlier one took here, else by stated times."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from workflows.experiment.specification import RunSpecification

START = {"toy": 4.0, "cifar10": 7.5, "resnet18": 7.5}
"""Seconds until a benchmark's first step: Python and PyTorch, and torchvision where it has it."""
STEP = {"toy": 0.0012, "cifar10": 0.009, "resnet18": 0.5}
"""Seconds of a traced step on one core of a server's processor of 2021 (AMD EPYC Milan)."""
IN_MEMORY = 0.0045
"""Those of CIFAR-10 with its batches in memory."""
OTHER_START, OTHER_STEP = 4.0, 0.02
"""Those of other programs; a probe has a few small steps."""
EMULATED = 20.0
"""How many times as long everything takes on an emulated processor."""
TRIED = 3
"""Records of a place that are looked for before the stated times are taken."""

Place = tuple[str, str, str]


@dataclass(frozen=True)
class Durations:
    """Seconds of a step by environment, device and benchmark, where a run was timed before."""

    steps: Mapping[Place, float]

    @classmethod
    def of(cls, runs: Iterable[RunSpecification], results: Path) -> Durations:
        """Look for what runs took, in the records that lie in `results`."""
        found: dict[Place, float] = {}
        tried: dict[Place, int] = {}
        for run in runs:
            place = _place(run)
            plain = run.conditions.cpu is None and run.variation == "baseline"
            if place in found or not plain or tried.get(place, 0) >= TRIED:
                continue
            tried[place] = tried.get(place, 0) + 1
            if seconds := _measured(results / "runs" / f"{run.path}.json"):
                found[place] = seconds
        return cls(found)

    def start(self, run: RunSpecification) -> float:
        """Return the seconds until a run's first step."""
        slower = EMULATED if run.conditions.cpu else 1.0
        return slower * START.get(run.benchmark, OTHER_START) * (2 if run.resume else 1)

    def seconds(self, run: RunSpecification) -> float:
        """Return the seconds of a run, from its start to its end."""
        slower = EMULATED if run.conditions.cpu else 1.0
        step = self.steps.get(_place(run), STEP.get(run.benchmark, OTHER_STEP))
        if run.benchmark == "cifar10" and run.options.get("memory") and not self.steps:
            step = IN_MEMORY
        return self.start(run) + slower * step * run.steps_taken

    def cores(self, run: RunSpecification) -> int:
        """Return how many cores a run keeps busy, on the average and rounded.

        One until its first step; then its threads, and one more for a loader's processes, since
        they and the training wait for each other. What is to disturb it is there all the time.
        """
        loads = bool(run.options.get("workers")) and not run.options.get("memory")
        start, whole = self.start(run), self.seconds(run)
        busy = (start + (run.threads + loads) * (whole - start)) / whole
        return round(busy) + run.conditions.load


def _place(run: RunSpecification) -> Place:
    return run.environment, run.device, run.benchmark


def _measured(path: Path) -> float | None:
    """Return what a step took in a completed run, if its record is there and says so."""
    try:
        timing = json.loads(path.read_bytes()).get("timing") or {}
        return float(timing["step_seconds"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # what is wrong with a record is said where it is judged
