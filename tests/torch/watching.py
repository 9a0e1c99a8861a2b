"""Traces a program of a test in this process, as a run does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from benchmarks.contract import Start
from benchmarks.harness.trace import Tracer
from benchmarks.harness.traced import PHASES, Trace

CPU = torch.device("cpu")


def traced(train: Callable[..., Iterator[Any]], *arguments: Any) -> Trace:
    """Train to the end from seed 0, and return what the tracer saw."""
    torch.manual_seed(0)
    tracer = Tracer(CPU)
    events = train(*arguments)
    tracer.follow(events, sys.modules[train.__module__])
    try:
        for event in events:
            if isinstance(event, Start):
                tracer.start(event)
            else:
                tracer.step(event.batch, event.loss)
        return tracer.finish()
    finally:
        tracer.close()


def column(trace: Trace, phase: str) -> np.ndarray:
    """Return the fingerprints of one phase, uint64 (steps,)."""
    found: np.ndarray = trace.steps[:, PHASES.index(phase)]
    return found


def apart(a: Trace, b: Trace) -> list[tuple[int, str]]:
    """Return step and phase of each difference, those of the random generators too."""
    return [(int(row), PHASES[at]) for row, at in np.argwhere(a.steps != b.steps)]
