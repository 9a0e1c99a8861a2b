"""Keeps whole tensors of chosen steps, where fingerprints say only *that* two runs differ.

DIR/REPEAT.dense.npz holds, in raw bits:

    initial/NAME                             every weight before the first step
    STEP/batch/I, STEP/loss                  what the step was given, and its loss
    STEP/gradients/NAME, STEP/weights/NAME   after its update; a gradient that is None is absent
    order                                    names of weights, as backward completed their gradients
    dtypes                                   "KEY=torch.float32", …: the true dtype of each of these

A dtype that numpy lacks (bfloat16, float8, …) is stored as unsigned integers of its width.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.weights import Weights, named

LIMIT = 2 * 2**30
"""Bytes that may be kept of one run: its tensors stay in memory until it ends."""


def raw(tensor: Tensor) -> np.ndarray:
    """Return a tensor's bits as an array of its shape, unsigned where numpy lacks its dtype."""
    home = tensor.detach().resolve_conj().resolve_neg().cpu().contiguous()
    try:
        array: np.ndarray = home.numpy()
    except TypeError:
        octets = home.reshape(-1).view(torch.uint8).numpy()
        array = octets.view(f"u{home.element_size()}").reshape(home.shape)
    return array.copy()


class Dense:
    """Watches one run, and keeps the tensors of the given steps."""

    def __init__(self, steps: Sequence[int]) -> None:
        """Keep the tensors of `steps` (none: keep nothing)."""
        self._steps = sorted(set(steps))
        self._weights: Weights = {}
        self._hooks: list[Any] = []
        self.arrays: dict[str, np.ndarray] = {}
        self.dtypes: dict[str, str] = {}
        self.completed: list[str] = []
        self.dropped: str | None = None

    @property
    def last(self) -> int | None:
        """The step that the run ends with, or None when it goes on to its own end."""
        return self._steps[-1] if self._steps else None

    def start(self, weights: Weights) -> None:
        """Keep the initial weights."""
        self._weights = weights
        if self._steps:
            self._keep({f"initial/{name}": tensor for name, tensor in named(weights).items()})
            self.arm(0)

    def step(self, step: int, batch: Sequence[Tensor], loss: Tensor) -> None:
        """Keep a step's tensors if it is one of the chosen; listen to the first one's backward."""
        self._disarm()
        self.arm(step + 1)
        if step not in self._steps:
            return
        weights = named(self._weights)
        found = {f"{step}/batch/{i}": tensor for i, tensor in enumerate(batch)}
        found[f"{step}/loss"] = loss
        for name, tensor in weights.items():
            if tensor.grad is not None:
                found[f"{step}/gradients/{name}"] = tensor.grad
        self._keep(found | {f"{step}/weights/{name}": tensor for name, tensor in weights.items()})

    def arm(self, step: int) -> None:
        """Before the first chosen step, ask each weight to say when its gradient is complete."""
        if not self._steps or step != self._steps[0]:
            return
        for name, tensor in named(self._weights).items():
            if tensor.is_leaf and tensor.requires_grad:
                hook = tensor.register_post_accumulate_grad_hook(self._note(name))
                self._hooks.append(hook)

    def _note(self, name: str) -> Callable[[Tensor], None]:
        return lambda _tensor: self.completed.append(name)

    def _disarm(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def _keep(self, found: dict[str, Tensor]) -> None:
        """Keep copies of `found`, or drop everything if that takes more memory than the limit."""
        size = sum(tensor.numel() * tensor.element_size() for tensor in found.values())
        if self.dropped is None and size + sum(a.nbytes for a in self.arrays.values()) > LIMIT:
            self.arrays, self.dtypes = {}, {}
            self.dropped = f"the tensors of steps {self._list()} take more than {LIMIT >> 20} MiB"
        if self.dropped is None:
            self.arrays.update({key: raw(tensor) for key, tensor in found.items()})
            self.dtypes.update({key: str(tensor.dtype) for key, tensor in found.items()})

    def _list(self) -> str:
        return ", ".join(map(str, self._steps))

    def order(self) -> list[str]:
        """Return the weights' names as backward completed their gradients, else last made first.

        A gradient that was added to several times was complete the last time.
        """
        noted = list(dict.fromkeys(self.completed[::-1]))[::-1]
        return [*noted, *(name for name in [*named(self._weights)][::-1] if name not in noted)]

    def state(self) -> dict[str, Any]:
        """Return what was kept so far, for a run that goes on in another process."""
        arrays = {key: torch.from_numpy(array) for key, array in self.arrays.items()}
        return {
            "arrays": arrays, "dtypes": self.dtypes,
            "completed": self.completed, "dropped": self.dropped,
        }  # fmt: skip

    def restore(self, state: dict[str, Any], step: int) -> None:
        """Go on from `state` with `step`."""
        self.arrays = {key: tensor.numpy() for key, tensor in state["arrays"].items()}
        self.dtypes, self.completed = state["dtypes"], state["completed"]
        self.dropped = state["dropped"]
        self._disarm()
        self.arm(step)

    def save(self, path: Path) -> str | None:
        """Write what was kept to `path` and return its SHA-256; None when there is nothing."""
        if self._steps and not self.dropped and f"{self._steps[-1]}/loss" not in self.arrays:
            self.dropped = f"the run ended before step {self._steps[-1]}"
        if not self._steps or self.dropped:
            return None
        dtypes = [f"{key}={dtype}" for key, dtype in self.dtypes.items()]
        lists = {"order": np.array(self.order(), str), "dtypes": np.array(dtypes, str)}
        with path.open("wb") as file:
            np.savez(file, allow_pickle=False, **lists, **self.arrays)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
