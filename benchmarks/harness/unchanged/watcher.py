"""Watches an unchanged program: makes of what its hooks tell the rows of a trace.

A row is a step of an optimizer, also one that `GradScaler` skips; in a program without optimizers
it is a backward pass. What happens since the last row is its batch, loss and gradients: of several
the chain. Weights and state are looked at when the step ends and once more where the next one
begins, so that what a program does by hand in between belongs to the step: where a batch is asked
for all of them, where a backward pass begins only what no forward pass changes.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from benchmarks.harness.batch import tensors
from benchmarks.harness.fingerprint import CURRENT
from benchmarks.harness.forms import UnreadableError, only_looking
from benchmarks.harness.gradients import gradients
from benchmarks.harness.random_state import RandomState, short
from benchmarks.harness.rows import Column
from benchmarks.harness.trace import plus
from benchmarks.harness.traced import Trace
from benchmarks.harness.unchanged.contents import plain
from benchmarks.harness.unchanged.known import Known
from benchmarks.harness.unchanged.looking import Listener
from benchmarks.harness.unchanged.prints import Prints, chained
from benchmarks.harness.unchanged.steps import Row, Steps
from benchmarks.harness.unrecorded import is_unrecorded


def unharmed(method: Callable[..., None]) -> Callable[..., None]:
    """Let no fault of what watches reach the program: it is noted, and nothing watched any more.

    Counts the time that it takes, and looks without recording anything for autograd.
    """
    looks = only_looking(method)

    @wraps(method)
    def guarded(self: Watcher, *args: Any, **kwargs: Any) -> None:
        if self.fault is not None or is_unrecorded() or _captured() or self._elsewhere():
            return
        began = time.perf_counter()
        try:
            looks(self, *args, **kwargs)
        except Exception as error:
            self.fault = f"after step {self.steps.count}: {type(error).__name__}: {error}"
        finally:
            self.seconds += time.perf_counter() - began

    return guarded


def _captured() -> bool:
    return bool(torch.cuda.is_available() and torch.cuda.is_current_stream_capturing())


class Watcher:
    """Is told what a program does; `finish` gives the trace.

    `fault`: why it stopped to watch; `seconds`: that watching took; `looking`: the observer.
    """

    always: frozenset[str] = frozenset()
    """Phases that the trace has whether the program lets them see or not."""

    def __init__(self, looking: Listener | None) -> None:
        """Know nothing yet."""
        self.looking = looking
        self.fault: str | None = None
        self.seconds, self.device = 0.0, "cpu"
        self.known = Known()
        self.steps = Steps(self.known, self.always)
        self._prints = Prints(torch.device("cpu"))
        self._random = RandomState()
        self._row: Row | None = None
        self._taken: dict[int, int] = {}
        self._unread: set[str] = set()
        self._rank: str | None = None
        self._late = 0
        self._thread: int | None = None

    def _elsewhere(self) -> bool:
        """Say whether another thread than the first one that trains is at work."""
        here = threading.get_ident()
        self._thread = here if self._thread is None else self._thread
        if here != self._thread:
            self._unread.add("what other threads than the first train")
        return here != self._thread

    # --- what the hooks tell ---

    @unharmed
    def fetching(self) -> None:
        """A batch is asked for: a new step may begin."""
        self.steps.close(everything=True)
        self._next()

    @unharmed
    def fetched(self, batch: Any) -> None:
        """A batch has come."""
        found, text = tensors([plain(batch, self._unread)])
        try:
            value = self._prints.of([*found.values()])
        except UnreadableError as error:
            self._unread.add(f"a batch that {error}")
            return
        row = self._next()
        row.batch = chained(row.batch, plus(value, short(text.encode()) if text else 0))
        row.saw_batch = True
        self._late += 1

    @unharmed
    def begins_backward(self, roots: Sequence[Tensor], *, by_closure: bool) -> None:
        """A backward pass begins at these tensors, perhaps within the step of an optimizer."""
        self.known.grown_from(roots)
        self._start(roots[0].device)
        row = self._next()
        row.by_closure |= by_closure
        if not by_closure:
            self.steps.close(everything=False)
        row.loss = chained(row.loss, self.steps.prints.of(roots))
        row.losses = roots[0].detach() if roots[0].dim() == 0 else roots[0].detach().mean()
        row.saw_backward = True

    @unharmed
    def ended_backward(self) -> None:
        """It has ended."""
        row = self._next()
        row.gradients = self._standing()
        row.arrived = chained(row.arrived, row.gradients)
        if not self.steps.by_optimizer:
            self._ends(row)

    @unharmed
    def begins_step(self, optimizer: Optimizer) -> None:
        """An optimizer begins a step."""
        self.known.stepped(optimizer)
        self._take_over()
        self._start(_device(optimizer))
        self.steps.close(everything=False)
        self._next().gradients = self._standing()

    @unharmed
    def ended_step(self, optimizer: Optimizer) -> None:
        """It ends it."""
        self._taken[id(optimizer)] = self._taken.get(id(optimizer), 0) + 1
        row = self._next()
        if row.by_closure:
            row.gradients = self._standing()
        self._ends(row)

    @unharmed
    def skipped_step(self, optimizer: Optimizer) -> None:
        """A scaler found gradients that are no numbers, and left a step out."""
        self.known.stepped(optimizer)
        self._take_over()
        row = self._next()
        row.gradients = self._standing()
        self._ends(row)

    def more(self) -> dict[str, Any]:
        """Return what is to be said beside the trace."""
        return {}

    def steps_of(self, optimizer: Optimizer) -> int:
        """Return how many steps an optimizer has taken."""
        return self._taken.get(id(optimizer), 0)

    # --- what is made of it ---

    def _start(self, device: torch.device) -> None:
        """Look at what is trained before the first step."""
        if not self.steps.begun:
            self.device = device.type
            self.steps.begin(device)
            self.steps.left = self._leave
            distributed = sys.modules.get("torch.distributed")
            if distributed and distributed.is_available() and distributed.is_initialized():
                self._rank = str(distributed.get_rank())
            if self.looking:
                self.looking.start(self.known.weights())

    def _next(self) -> Row:
        """Return the row that is under way; a new one begins where the generators stand now."""
        if self._row is None:
            self._row = Row(self._random())
        return self._row

    def _take_over(self) -> None:
        """Let the first step of an optimizer have the backward passes that led to it."""
        if not self.steps.by_optimizer:
            self._row = self.steps.taken_over(self._next())
            self._look()

    def _standing(self) -> Column:
        return self.steps.prints.of(gradients([*self.known.parts()[0].values()]))

    def _ends(self, row: Row) -> None:
        self.steps.open(row)
        self._row, self._late = None, 0
        if self.looking:
            self.looking.ended(self.steps.count)
        self._next()

    def _leave(self, everything: bool) -> None:
        """Be told that a step is over, with what followed the optimizer's step."""
        self._look()

    def _look(self) -> None:
        if self.looking and self.steps.begun:
            self.looking.at(self.steps.count, counted=self.steps.counted)

    # --- the end ---

    def rank(self) -> str | None:
        """Return the number of this process among those that train together, where it has one."""
        return self._rank if self._rank is not None else os.environ.get("RANK")

    @only_looking
    def finish(self) -> Trace:
        """Return the trace; of a watcher that failed none."""
        if self.fault is not None:
            self.steps = Steps(self.known, self.always)
        rest = self._row if self._row and self._row.saw_backward else None
        unwatched = sorted(self._unread)
        if self._late and self.steps.begun and not rest:
            unwatched.append(f"{self._late} batches after the last step")
        return self.steps.finish(rest, self._random(), unwatched, CURRENT)


def _device(optimizer: Optimizer) -> torch.device:
    found = (one.device for group in optimizer.param_groups for one in group["params"])
    return next(found, torch.device("cpu"))
