"""The rows of an unchanged program's trace, from its first step to its last."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.harness.forms import is_lazy, octets
from benchmarks.harness.rows import Column, Rows
from benchmarks.harness.traced import PHASES, Trace
from benchmarks.harness.unchanged.known import Known
from benchmarks.harness.unchanged.prints import Prints, chained, updated

UNDECIDED = 256
"""Backward passes without an optimizer's step after which the program is taken to have none."""
OPTIONAL = {"batch": "saw_batch", "loss": "saw_backward", "backward": "saw_backward"}
"""Phases that only some programs let see, and what tells so."""
OWN = "random own"
"""Generators that the program makes itself are not known here."""


@dataclass
class Row:
    """What is known of a step.

    `before`: where the generators stood; `parts`: parameters, buffers and state when it ended.
    """

    before: list[int]
    batch: Column = 0
    loss: Column = 0
    arrived: Column = 0
    gradients: Column = 0
    weights: Column = 0
    state: Column = 0
    parts: tuple[Column, ...] = ()
    losses: Tensor | None = None
    saw_batch: bool = False
    saw_backward: bool = False
    by_closure: bool = False

    def follow(self, row: Row) -> Row:
        """Return one row for this and the one that follows it."""
        row.before = self.before
        for name in ("batch", "loss", "arrived"):
            setattr(row, name, chained(getattr(self, name), getattr(row, name)))
        row.losses = self.losses if row.losses is None else row.losses
        row.saw_batch |= self.saw_batch
        row.saw_backward |= self.saw_backward
        return row

    @property
    def columns(self) -> list[Column]:
        """The values of `PHASES`."""
        found = [self.batch, self.loss, self.arrived, self.gradients, self.weights, self.state]
        return [*self.before, *found]


@dataclass(frozen=True)
class Seen(Trace):
    """A trace that says which phases the program let see."""

    phases: list[str]

    def summary(self) -> dict[str, Any]:
        """Return what a record says of it."""
        return super().summary() | {"phases": self.phases}


class Steps:
    """Takes rows; `by_optimizer`: a step is an optimizer's, else it is a backward pass.

    `counted`: this is known; before, passes may yet turn out to have led to an optimizer's step.
    `always`: phases that the trace has, zeros where the program did not let them see; `left` is
    told when a step is looked at for the last time, and whether its buffers are, too.
    """

    def __init__(self, known: Known, always: frozenset[str] = frozenset()) -> None:
        """Begin without rows."""
        self.begun = self.by_optimizer = self.counted = False
        self.count = 0
        self.prints = Prints(torch.device("cpu"))
        self._known, self._always = known, always
        self._rows = Rows(len(PHASES))
        self._open: Row | None = None
        self._undecided: list[Row] = []
        self._names: list[str] = []
        self._initial = np.empty(0, np.uint64)
        self._first: Column = 0
        self._nothing = torch.zeros(())
        self._saw: set[str] = set()
        self.left: Callable[[bool], None] | None = None

    def begin(self, device: torch.device) -> None:
        """Look at the parameters before the first step; they are on `device`."""
        self.begun = True
        self.prints, self._nothing = Prints(device), torch.zeros((), device=device)
        found = self._known.parts()
        self._names, self._initial = [*found[0]], self.prints.each(found[0])
        self._first = self.prints.weights(found)[0]

    def open(self, row: Row) -> None:
        """Take a step that has ended, until the next one begins."""
        found = self._known.parts()
        params, buffers = self.prints.weights(found)
        row.weights = chained(params, buffers)
        row.state = self.prints.state(self._known.optimizers, found[0])
        row.parts = params, buffers, row.state
        self._open = row
        self.count += 1

    def unseen(self) -> list[str]:
        """Return the phases that the program did not let see."""
        return [name for name in OPTIONAL if name not in self._saw]

    def close(self, *, everything: bool) -> None:
        """Look once more at what the last step left; `everything`: at buffers, too."""
        row, self._open = self._open, None
        if row is None:
            return
        found = self._known.parts()
        now = self.prints.weights(found if everything else found[:1])
        for before, after in zip(row.parts, now, strict=False):
            row.weights = updated(row.weights, before, after)
        state = self.prints.state(self._known.optimizers, found[0])
        row.state = updated(row.state, row.parts[-1], state)
        row.parts = (*now, state)
        if self.left:
            self.left(everything)
        if self.by_optimizer:
            self._add(row)
            return
        self._undecided.append(row)
        if len(self._undecided) > UNDECIDED:
            self.counted = True
            self._settle()

    def taken_over(self, row: Row) -> Row:
        """Know that there is an optimizer; return `row` with the backward passes that led to it.

        They did, unless the program changed its parameters in between: then each was a step.
        """
        self.by_optimizer = self.counted = True
        before = [self._first, *(one.parts[0] for one in self._undecided)]
        if any(int(a) != int(b) for a, b in itertools.pairwise(before)):
            self._settle()
        led, self._undecided = [*self._undecided, *([self._open] if self._open else [])], []
        self._open = None
        self.count -= len(led)
        for one in reversed(led):
            row = one.follow(row)
        return row

    def _settle(self) -> None:
        for row in self._undecided:
            self._add(row)
        self._undecided = []

    def _add(self, row: Row) -> None:
        self._saw |= {name for name, what in OPTIONAL.items() if getattr(row, what)}
        loss = self._nothing if row.losses is None else row.losses.to(self._nothing.device)
        self._rows.add(row.columns, loss)

    def finish(
        self, rest: Row | None, stands: Sequence[int], unwatched: Sequence[str], version: int
    ) -> Seen:
        """Return the trace; `rest`: what came after the last step, with a backward pass in it.

        What the program has given up by now is not looked at again.
        """
        self._settle()
        if self._open is not None:
            self._add(self._open)
        if rest is not None:
            self._add(rest)
        steps, losses = self._rows.all()
        final, moved = self._final() if len(steps) else ("", None)
        seen = self._saw | self._always
        phases = [n for n in PHASES if n != OWN and (n not in OPTIONAL or n in seen)]
        return Seen(
            tensors=self._names,
            initial=self._initial,
            steps=steps[:, [PHASES.index(name) for name in phases]],
            losses=losses,
            ends=np.array([*stands, 0, 0] if len(steps) else [0] * 7, np.uint64),
            final_weights=final,
            final_state="",
            state_tensors=self._state_names(),
            moved=moved,  # type: ignore[arg-type]
            unwatched=[*unwatched],
            version=version,
            phases=phases,
        )

    def _final(self) -> tuple[str, int | None]:
        """Return the SHA-256 of the weights, and how many moved; of those no longer there none."""
        found = self._known.weights()
        if not self._names or not {*self._names} <= found.keys():
            return "", None
        whole = hashlib.sha256()
        for name, tensor in found.items():
            shape = [] if is_lazy(tensor) else list(tensor.shape)
            whole.update(f"{name} {tensor.dtype} {shape}\n".encode() + octets(tensor))
        now = self.prints.each({name: found[name] for name in self._names})
        return whole.hexdigest(), int((now != self._initial).sum())

    def _state_names(self) -> list[str]:
        held = self.prints.held(self._known.optimizers, self._known.weights())
        return sorted({*held.tensors, *held.numbers})[:1000]
