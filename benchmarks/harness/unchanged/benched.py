"""A watcher of a command that is a benchmark: it can also be ended, disturbed, kept and timed.

Steps are those of `Watcher`. Where a program may yet turn out to have an optimizer, no backward
pass is taken for a step: nothing is done then.
"""

from __future__ import annotations

import gc
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim import optimizer as optimizers

from benchmarks.frames import within
from benchmarks.harness.clock import Clock
from benchmarks.harness.intervene import flip
from benchmarks.harness.operators.recorder import Recorder
from benchmarks.harness.output import flush
from benchmarks.harness.tensors import Dense
from benchmarks.harness.traced import Trace
from benchmarks.harness.unchanged.contents import plain
from benchmarks.harness.unchanged.looking import Looking
from benchmarks.harness.unchanged.steps import Row
from benchmarks.harness.unchanged.watcher import Watcher, unharmed
from benchmarks.setting import NotRunError

UNSEEN = {"batch": "batches that no DataLoader gives", "loss": "losses: no backward pass was seen"}
"""Phases that the trace of every benchmark has, and what is said where a program hides them."""


@dataclass(frozen=True)
class Asked:
    """What is asked of a run, in the words of the plan.

    `steps`: it is ended where it goes on after so many; `flip`: flip a bit after this step, in
    `flip_in`; `dense`: steps whose tensors are kept; `traced`: False, only steps are timed.
    """

    steps: int
    flip: int | None
    flip_in: str
    dense: list[int]
    traced: bool

    @property
    def most(self) -> int:
        """How many steps the run takes at most."""
        return min(self.steps, self.dense[-1] + 1) if self.dense else self.steps


class Benched(Watcher):
    """Does what is asked, besides watching; the tensors that it keeps go to a file in `folder`."""

    always = frozenset(UNSEEN)

    def __init__(self, looking: Looking | None, asked: Asked, folder: Path) -> None:
        """Be told of nothing yet."""
        super().__init__(looking)
        self._asked, self._folder = asked, folder
        self._dense = Dense(asked.dense)
        self._clock = Clock(torch.device("cpu"), waits=False)
        self._batches: list[Any] = []
        self._alone = self._timing = False
        self._recorder: Recorder | None = None
        self._inside = ""
        self._flipped: str | None = None
        self._not_run: str | None = None

    def records(self, recorder: Recorder, work: Path) -> None:
        """Keep what is recorded of a program in `work`, whose files are named from there."""
        self._recorder, self._inside = recorder, within(work)

    # --- what the hooks tell ---

    def fetched(self, batch: Any) -> None:
        """Keep a batch where its tensors are asked for."""
        super().fetched(batch)
        if self._asked.dense:
            self._batches.append(plain(batch, set()))

    def begins_backward(self, roots: Any, *, by_closure: bool) -> None:
        """End the program where that begins a step too many."""
        if not self.steps.by_optimizer:
            self._end_if_full()
        super().begins_backward(roots, by_closure=by_closure)

    def begins_step(self, optimizer: Optimizer) -> None:
        """End the program where that begins a step too many."""
        self._end_if_full()
        super().begins_step(optimizer)

    @unharmed
    def _end_if_full(self) -> None:
        most = self._asked.most
        if self.steps.count >= most and self._counts():
            self.steps.close(everything=False)
            self._unread.add(f"all that follows its first {most} steps, after which it was ended")
            end()

    # --- what is made of it ---

    def _start(self, device: torch.device) -> None:
        fresh = not self.steps.begun
        super()._start(device)
        if fresh:
            self._dense.start(self.known.weights(), self)
            self._clock.start()

    def _ends(self, row: Row) -> None:
        step, counts = self.steps.count, self._counts()
        if counts and step == self._asked.flip and self._flipped is None:
            self._flip()
        super()._ends(row)
        if counts:
            loss = torch.zeros(()) if row.losses is None else row.losses
            self._dense.step(step, self._batches, loss)
            self._batches = []
            self._clock.step()

    def _leave(self, everything: bool) -> None:
        """Keep what a program changed between two steps, which its trace gives to the first."""
        parameters, buffers = self.known.parts()
        last = self.steps.count - 1
        self._dense.again(last, parameters | buffers if everything else parameters)
        super()._leave(everything)

    def _counts(self) -> bool:
        """Say whether what ends is known to be a step."""
        if self.steps.by_optimizer or self._alone:
            return True
        self._alone = not any(issubclass(type(one), Optimizer) for one in gc.get_objects())
        return self._alone

    def _flip(self) -> None:
        parameters, buffers = self.known.parts()
        try:
            if self._asked.flip_in == "buffer" and not buffers:
                raise NotRunError("no bit can be flipped: the benchmark has no buffer")
            weights = buffers if self._asked.flip_in == "buffer" else parameters
            place = "weights" if self._asked.flip_in == "buffer" else self._asked.flip_in
            self._flipped = flip(place, weights, self.known.optimizers, self.device)
        except NotRunError as error:
            self._flipped, self._not_run = "", str(error)

    # --- what whole tensors are kept of ---

    def leaves(self) -> dict[str, Tensor]:
        """Return what gets a gradient, by name."""
        return self.known.parts()[0]

    def held(self) -> dict[str, Any]:
        """Return tensors and numbers that optimizers hold, by name."""
        found = self.steps.prints.held(self.known.optimizers, self.known.weights())
        return {**found.tensors, **found.numbers}

    # --- without a trace ---

    def only_time(self) -> None:
        """Take the time of optimizers' steps, and watch nothing."""
        self._clock = Clock(torch.device(self._place()), waits=True)
        depth, count = [0], [0]

        def before(*_: Any) -> None:
            depth[0] += 1
            if depth[0] == 1 and count[0] == self._asked.most:
                end()
            if not self._timing:
                self._timing = True
                self._clock.start()

        def after(*_: Any) -> None:
            depth[0] -= 1
            if depth[0] == 0:
                count[0] += 1
                self._clock.step()

        optimizers.register_optimizer_step_pre_hook(before)
        optimizers.register_optimizer_step_post_hook(after)

    @staticmethod
    def _place() -> str:
        return "cuda" if torch.cuda.is_available() else "cpu"

    # --- the end ---

    def finish(self) -> Trace:
        """Return the trace, of as many steps as were asked for."""
        trace = super().finish()
        hidden = [name for name in self.steps.unseen() if name in self.always]
        unseen = [UNSEEN[name] for name in hidden] if len(trace.steps) else []
        most = self._asked.most
        return replace(
            trace, steps=trace.steps[:most], losses=trace.losses[:most],
            unwatched=[*trace.unwatched, *unseen],
        )  # fmt: skip

    def more(self) -> dict[str, Any]:
        """Write the tensors; return their sum, the times and what became of the flip."""
        if self._recorder:
            lines = self._recorder.take()
            self._dense.operators = [line.replace(f'"{self._inside}', '"') for line in lines]
        sha256 = self._dense.save(self._folder / f"dense-{os.getpid()}.npz")
        return {
            "dense": {"dense_sha256": sha256, "dense_dropped": self._dense.dropped},
            "timing": self._clock.timing(traced=self._asked.traced),
            "timed": len(self._clock.steps),
            "flipped": self._flipped,
            "not_run": self._not_run,
        }


def end() -> NoReturn:
    """End this process, which has taken all the steps that were asked for; it leaves its trace."""
    flush()
    os._exit(0)
