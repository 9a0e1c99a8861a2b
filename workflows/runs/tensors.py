"""The tensors that a dense run kept: `X.dense.npz` beside the record `X.json`.

Its arrays are `initial/NAME`, `initial_state/NAME` and, of each step S that was kept,
`S/batch/INDEX`, `S/loss`, `S/backward/NAME`, `S/gradients/NAME`, `S/weights/NAME` and
`S/state/NAME`. `order` holds the names of the weights as the backward
pass completed their gradients, the nearest to the loss first; `dtypes` holds "KEY=TYPE" for
each. A type that numpy lacks is stored as an unsigned integer of the same width. `operators` holds
lines about those of the first step that was kept, of a run that was observed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from workflows.common.arrays import Arrays
from workflows.runs.record import Run, broken, dense

FOLDERS = {"initial weights": "initial", "initial state": "initial_state"}


@dataclass(frozen=True)
class Dense:
    """Kept tensors, read when they are asked for; `weights` holds the names as registered."""

    arrays: Any
    weights: list[str]

    @cached_property
    def _types(self) -> dict[str, str]:
        pairs = (str(text).rpartition("=") for text in self.arrays["dtypes"])
        return {key: dtype.removeprefix("torch.") for key, _, dtype in pairs}

    @cached_property
    def steps(self) -> list[int]:
        """The steps that were kept, in order."""
        heads = {key.partition("/")[0] for key in self.arrays.files if key.endswith("/loss")}
        return sorted(int(head) for head in heads if head.isdecimal())

    @property
    def operators(self) -> list[str]:
        """The lines about the operators of the first of these steps; none of a run unobserved."""
        kept = self.arrays["operators"] if "operators" in self.arrays.files else b""
        return bytes(kept).decode(errors="replace").splitlines()

    def has(self, step: int | None) -> bool:
        """Say whether a step was kept; None stands for the initial weights, always kept."""
        return step is None or step in self.steps

    def keys(self, phase: str, step: int | None) -> dict[str, str]:
        """Return a phase's tensors, name to key, as causality orders them.

        Gradients come in the order in which the backward pass completed them, weights as they
        are registered, batches as they were given; the loss has the empty name.
        """
        if phase == "loss":
            return {"": f"{step}/loss"}
        folder = FOLDERS.get(phase, "{}/" + phase).format(step) + "/"
        found = {k.removeprefix(folder): k for k in self.arrays.files if k.startswith(folder)}
        if phase == "batch":
            return found
        backward = phase in ("backward", "gradients")
        first = [str(name) for name in self.arrays["order"]] if backward else []
        names = dict.fromkeys([*first, *self.weights, *found])
        return {name: found[name] for name in names if name in found}

    def tensor(self, key: str) -> tuple[np.ndarray, str]:
        """Return a kept tensor and the name of its type."""
        array: np.ndarray = self.arrays[key]
        return array, self._types.get(key, array.dtype.name)


def read_dense(record: Path, run: Run) -> Dense | None:
    """Return the tensors beside the record at `record`, which `read` has checked; None of none.

    Raises `UserError` when the file holds no tensors.
    """
    path = dense(record)
    if run.record.trace.dense_sha256 is None:
        return None
    try:
        arrays = Arrays(path.read_bytes())
        for name in arrays.files:  # so that nothing fails half-way
            arrays[name]
    except (OSError, ValueError) as error:
        raise broken(path, f"holds no tensors ({error})") from None
    return Dense(arrays, run.record.trace.tensors)
