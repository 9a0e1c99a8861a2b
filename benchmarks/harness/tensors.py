"""Keeps whole tensors of chosen steps, where fingerprints say only *that* two runs differ.

DIR/REPEAT.dense.npz holds, in raw bits:

    initial/NAME, initial_state/NAME         all weights and other state, at the start
    STEP/batch/NAME, STEP/loss               what the step was given, and its loss
    STEP/backward/NAME                       gradients as they arrived
    STEP/gradients/NAME, STEP/weights/NAME   after its update; a gradient that is None is absent
    STEP/state/NAME                          what else the program holds, numbers too
    order                                    names of weights, as backward completed their gradients
    dtypes                                   "KEY=torch.float32", …: the true dtype of each of these
    operators                                of an observed run: those of the first of these steps,
                                             lines of JSON as `operators/dispatched.py` writes them

A dtype that numpy lacks (bfloat16, float8, …) is stored as unsigned integers of its width; of a
tensor that is made of several (sparse, quantised) each part stands under "KEY (NUMBER)". A large
tensor beside the weights (a data set) is there only where it is not what it was at the beginning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from benchmarks.harness.batch import tensors
from benchmarks.harness.forms import only_looking, parts
from benchmarks.weights import Weights, named

LIMIT = 2 * 2**30
"""Bytes that may be kept of one run: its tensors stay in memory until it ends."""


def raw(tensor: Tensor | np.ndarray) -> np.ndarray:
    """Return a tensor's bits as an array of its shape, unsigned where numpy lacks its dtype."""
    if isinstance(tensor, np.ndarray):
        return tensor.copy()
    home = tensor.detach().resolve_conj().resolve_neg().cpu().contiguous()
    try:
        array: np.ndarray = home.numpy()
    except TypeError:
        octets = home.reshape(-1).view(torch.uint8).numpy()
        array = octets.view(f"u{home.element_size()}").reshape(home.shape)
    return array.copy()


def plainly(key: str, value: Any) -> list[tuple[str, Tensor | np.ndarray]]:
    """Return a tensor, an array or a number under its key; what is made of several by number."""
    if not isinstance(value, Tensor):
        return [(key, np.asarray(value))]
    found = parts(value)[1]
    if len(found) == 1:
        return [(key, found[0])]
    return [(f"{key} ({number})", part) for number, part in enumerate(found)]


class Watcher(Protocol):
    """Knows what a program holds beside its weights."""

    def held(self) -> dict[str, Any]:
        """Return tensors, arrays and numbers by name."""

    def leaves(self) -> dict[str, Tensor]:
        """Return all tensors that get a gradient, by name."""


class Dense:
    """Watches one run, and keeps the tensors of the given steps.

    `operators`: lines about those of the first of them, for the same file; however large the
    tensors are.
    """

    def __init__(self, steps: Sequence[int]) -> None:
        """Keep the tensors of `steps` (none: keep nothing)."""
        self._steps = sorted(set(steps))
        self._weights: Weights = {}
        self._watcher: Watcher | None = None
        self._hooks: list[Any] = []
        self.arrays: dict[str, np.ndarray] = {}
        self.dtypes: dict[str, str] = {}
        self.completed: list[str] = []
        self.operators: list[str] = []
        self.dropped: str | None = None

    @property
    def last(self) -> int | None:
        """The step that the run ends with, or None when it goes on to its own end."""
        return self._steps[-1] if self._steps else None

    def start(self, weights: Weights, watcher: Watcher | None = None) -> None:
        """Keep the initial weights, and the state that `watcher` knows."""
        self._weights, self._watcher = weights, watcher
        if self._steps:
            self._keep({f"initial/{name}": tensor for name, tensor in named(weights).items()})
            self._keep({f"initial_state/{name}": value for name, value in self._held().items()})
            self.arm(0)

    def _held(self) -> dict[str, Any]:
        return self._watcher.held() if self._watcher else {}

    def _leaves(self) -> dict[str, Tensor]:
        return self._watcher.leaves() if self._watcher else named(self._weights)

    @only_looking
    def step(self, step: int, batch: Any, loss: Tensor) -> None:
        """Keep a step's tensors if it is one of the chosen; listen to the next one's backward."""
        self._disarm()
        self.arm(step + 1)
        if step not in self._steps:
            return
        found = {f"{step}/batch/{name}": tensor for name, tensor in tensors(batch)[0].items()}
        found[f"{step}/loss"] = loss
        for name, tensor in self._leaves().items():
            if (tensor.is_leaf or tensor.retains_grad) and tensor.grad is not None:
                found[f"{step}/gradients/{name}"] = tensor.grad
        for name, tensor in named(self._weights).items():
            found[f"{step}/weights/{name}"] = tensor
        self._keep(found | {f"{step}/state/{name}": one for name, one in self._held().items()})

    @only_looking
    def again(self, step: int, weights: dict[str, Tensor]) -> None:
        """Keep some weights of a step, and its state, once more: as it leaves them."""
        if step in self._steps:
            found = {f"{step}/weights/{name}": tensor for name, tensor in weights.items()}
            self._keep(found | {f"{step}/state/{name}": one for name, one in self._held().items()})

    @only_looking
    def arm(self, step: int) -> None:
        """Before a chosen step, ask each weight to say when its gradient is complete."""
        if step not in self._steps:
            return
        for name, tensor in self._leaves().items():
            if tensor.is_leaf and tensor.requires_grad:
                hook = Tensor.register_post_accumulate_grad_hook(tensor, self._note(step, name))
                self._hooks.append(hook)

    def _note(self, step: int, name: str) -> Callable[[Tensor], None]:
        @only_looking
        def note(tensor: Tensor) -> None:
            if step == self._steps[0]:
                self.completed.append(name)
            if tensor.grad is not None:
                self._keep({f"{step}/backward/{name}": tensor.grad})

        return note

    def _disarm(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def _keep(self, found: dict[str, Any]) -> None:
        """Keep copies of `found`, or drop everything if that takes more memory than the limit."""
        if self.dropped is not None:
            return
        plain = dict(pair for key, value in found.items() for pair in plainly(key, value))
        size = sum(value.nbytes for value in plain.values())
        if size + sum(a.nbytes for key, a in self.arrays.items() if key not in plain) > LIMIT:
            self.arrays, self.dtypes = {}, {}
            self.dropped = f"the tensors of steps {self._list()} take more than {LIMIT >> 20} MiB"
            return
        self.arrays.update({key: raw(value) for key, value in plain.items()})
        self.dtypes.update({key: str(value.dtype) for key, value in plain.items()})

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
        kept: dict[str, np.ndarray] = {}
        if self._steps and not self.dropped:
            dtypes = [f"{key}={dtype}" for key, dtype in self.dtypes.items()]
            kept = {"order": np.array(self.order(), str), "dtypes": np.array(dtypes, str)}
            kept |= self.arrays
        if self.operators:
            kept["operators"] = np.frombuffer("\n".join(self.operators).encode(), np.uint8)
        if not kept:
            return None
        with path.open("wb") as file:
            np.savez(file, allow_pickle=False, **kept)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
