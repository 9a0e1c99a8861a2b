"""A run in two processes: the first one leaves a checkpoint, the second one goes on from it.

A program that is resumed goes through its loop from the start, so that its loader gives the same
batches in the same order, and passes over the steps that `Start.skips` names. Its loader draws
from the global generators between steps, when an epoch begins or in a transform; each such state
is kept in the checkpoint and put back at its step. At the last step passed over everything is
put back: weights, gradients, the states of all parts that `Start` names, what the program carries,
all generators.

Where `Start` names the program's own `save` and `load`, these are called instead: the second
process begins as a new one of the program does, and what they do not keep is lost.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from benchmarks.contract import Start
from benchmarks.harness import generators
from benchmarks.harness.forms import is_lazy
from benchmarks.weights import Weights, named

UNSUPPORTED = "the benchmark does not support resume: call start.skips(step) in its loop"


def own_file(checkpoint: Path) -> Path:
    """Return where the program's own `save` writes, beside the suite's checkpoint."""
    return checkpoint.with_suffix(".own")


class First:
    """The first process: sees to it that the second one can go on after `steps` steps."""

    def __init__(self, steps: int) -> None:
        """Be created right before the program begins: its first random numbers count."""
        self.steps = steps
        self._asked = -1
        self._start: Start | None = None
        self._begin = self._after = generators.state()
        self._between: dict[int, generators.State] = {}

    def start(self, start: Start) -> None:
        """Listen to the program."""
        self._start, start.resumption = start, self

    def skips(self, step: int) -> bool:
        """Skip nothing; note which generators were used since the last step."""
        self._asked = step
        if step and (used := generators.changed(self._after, generators.state())):
            self._between[step - 1] = used
        return False

    def step(self, step: int) -> None:
        """Look at a step that was taken; raise `RuntimeError` if the program did not ask."""
        if self._asked != step and not (self._start and self._start.own):
            raise RuntimeError(UNSUPPORTED)
        self._after = generators.state()

    def save(self, path: Path, watchers: dict[str, Any]) -> None:
        """Write the checkpoint, with the state of what watches the run."""
        if self._start is None:
            raise RuntimeError("the benchmark yielded no Start before its first step")
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        if self._start.own:
            self._start.own[0](own_file(path))
        content = {"watchers": watchers} if self._start.own else self._content(watchers)
        torch.save(content, partial)
        partial.replace(path)

    def _content(self, watchers: dict[str, Any]) -> dict[str, Any]:
        """Return the suite's checkpoint: all that `Start` names, and the generators."""
        assert self._start is not None  # noqa: S101 (for the type checker)
        weights = named(self._start.weights)
        return {
            "weights": {name: tensor.detach() for name, tensor in weights.items()},
            "gradients": {name: tensor.grad for name, tensor in weights.items()},
            "parts": [part.state_dict() for part in self._start.parts],
            "carried": self._start.carried,
            "generators": {"begin": self._begin, "between": self._between, "end": self._after},
            "watchers": watchers,
        }


class Second:
    """The second process: lets the program pass over `steps` steps, then puts all back."""

    def __init__(
        self, steps: int, checkpoint: Path, then: Callable[[dict[str, Any]], None]
    ) -> None:
        """Read the checkpoint, and set the generators to where the first process began.

        `then` is called with the state of what watches the run, once all is put back.
        """
        self.steps = steps
        self._saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        checkpoint.unlink()
        self.by = "suite" if "generators" in self._saved else "own"
        self._own_file = own_file(checkpoint)
        self._then = then
        self._asked = -1
        self._start: Start | None = None
        self.back = False
        if self.by == "suite":
            generators.restore(self._saved["generators"]["begin"])

    def start(self, start: Start) -> None:
        """Guide the program, or let it load what it saved itself."""
        self._start = start
        if self.by == "suite":
            start.resumption = self
        elif start.own is None:
            raise RuntimeError(
                "the resumed program names no `load` for what its `save` has written"
            )
        else:
            start.own[1](self._own_file)
            remove(self._own_file)
            self._then(self._saved["watchers"])
            self.back = True

    def skips(self, step: int) -> bool:
        """Return True for the steps of the first process; put everything back at their end."""
        self._asked = step
        if step < self.steps - 1:
            generators.restore(self._saved["generators"]["between"].get(step, {}))
        elif step == self.steps - 1 and self._start is not None:
            self._put_back(self._start)
        return step < self.steps

    def step(self, step: int) -> None:
        """Look at a step that was taken; raise `RuntimeError` if it was to be passed over."""
        if (self._asked != step and self.by == "suite") or not self.back:
            raise RuntimeError(UNSUPPORTED)

    def _put_back(self, start: Start) -> None:
        saved = self._saved
        put_weights(start.weights, saved["weights"], saved["gradients"])
        if len(start.parts) != len(saved["parts"]):
            raise RuntimeError("the resumed program names other parts than the one it goes on from")
        for part, state in zip(start.parts, saved["parts"], strict=True):
            part.load_state_dict(state)
        start.carried.clear()
        start.carried.update(saved["carried"])
        self._then(saved["watchers"])
        generators.restore(saved["generators"]["end"])
        self.back = True


def remove(path: Path) -> None:
    """Remove what a program saved: a file, a folder, or nothing, where it chose its own place."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


@torch.no_grad()
def put_weights(
    weights: Weights, saved: dict[str, torch.Tensor], gradients: dict[str, torch.Tensor | None]
) -> None:
    """Copy saved weights and gradients back in place; raise `RuntimeError` if they do not fit."""
    found = named(weights)
    for name, tensor in found.items():
        if is_lazy(tensor) and name in saved and not is_lazy(saved[name]):
            tensor.materialize(saved[name].shape)
    form = {name: (tensor.dtype, tensor.shape) for name, tensor in found.items()}
    if form != {name: (tensor.dtype, tensor.shape) for name, tensor in saved.items()}:
        raise RuntimeError("the resumed program made other weights than the one it goes on from")
    for name, tensor in found.items():
        tensor.copy_(saved[name])
        gradient = gradients[name]
        if tensor.is_leaf:
            tensor.grad = None if gradient is None else gradient.to(tensor.device)
