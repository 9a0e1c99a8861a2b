"""The trace: what a run did, step by step, as the tracer leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness.random_state import KINDS

RANDOM = tuple(f"random {kind}" for kind in KINDS)
PHASES = (*RANDOM, "batch", "loss", "backward", "gradients", "weights", "state")
"""The columns of a row. Random generators: where they stood right before the step."""


@dataclass(frozen=True)
class Trace:
    """What a run did, step by step.

    `tensors`: names of the weights; `initial`: uint64 (tensors,); `steps`: uint64 (steps,
    len(PHASES)), one column per phase; `losses`: float64 (steps,); `ends`: uint64 (7,), the random
    generators after the last step, then the state at Start and at the end; `final_weights`,
    `final_state`: SHA-256 of their bytes, "" where there are none; `state_tensors`: names of the
    state; `moved`: how many weights end with other bits than they began with; `unwatched`: what was
    seen and does not count; `version`: of the fingerprints.
    """

    tensors: list[str]
    initial: np.ndarray
    steps: np.ndarray
    losses: np.ndarray
    ends: np.ndarray
    final_weights: str
    final_state: str
    state_tensors: list[str]
    moved: int
    unwatched: list[str]
    version: int

    def save(self, path: Path) -> None:
        """Write the arrays as .npz: the same bytes for the same trace."""
        np.savez(path, initial=self.initial, steps=self.steps, losses=self.losses, ends=self.ends)

    def summary(self) -> dict[str, Any]:
        """Return what a record says of the trace."""
        return {
            "fingerprint": self.version,
            "phases": list(PHASES),
            "steps": len(self.steps),
            "tensors": self.tensors,
            "final_weights": self.final_weights,
            "final_state": self.final_state,
            "state_tensors": self.state_tensors,
            "moved": self.moved,
            "unwatched": self.unwatched,
        }
