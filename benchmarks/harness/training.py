"""The training of one benchmark, and everything that watches it."""

from __future__ import annotations

import argparse
import contextlib
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch

from benchmarks.contract import Start, Step
from benchmarks.harness.channel import Channel
from benchmarks.harness.clock import Clock
from benchmarks.harness.fingerprint import CURRENT
from benchmarks.harness.integrity import Watchers
from benchmarks.harness.intervene import flip
from benchmarks.harness.load import load
from benchmarks.harness.observe import Observer
from benchmarks.harness.operators.recorder import Recorder
from benchmarks.harness.placed import KINDS, defined, placed
from benchmarks.harness.resume import UNSUPPORTED, First, Second
from benchmarks.harness.running import settle
from benchmarks.harness.tensors import Dense
from benchmarks.harness.trace import Tracer
from benchmarks.harness.traced import Trace
from benchmarks.harness.unrecorded import unrecorded
from benchmarks.setting import APPLIED
from benchmarks.settings import SETTINGS
from benchmarks.weights import Weights, paths


class Training:
    """Trains once, and afterwards holds what its watchers saw.

    `earlier` is what the first of two processes left in the checkpoint for the second; `trace` is
    that of a program that went on past its steps, as it stood at the last of them; `unwatched` says
    in words what of the program went on after it.
    """

    def __init__(self, args: argparse.Namespace, channel: Channel) -> None:
        """Prepare what watches the run that `args` asks for; `channel` leads to its parent."""
        device = torch.device(args.device)
        self._args = args
        self._channel = channel
        self._resumption: First | Second | None = None
        self._weights: Weights = {}
        self._taken = 0
        self.tracer = Tracer(device, args.fingerprint or CURRENT)
        self.dense = Dense(args.dense)
        self.clock = Clock(device, waits=not args.traced)
        self.earlier: dict[str, Any] = {}
        self.trace: Trace | None = None
        self._closing: Trace | None = None
        self._observer = Observer() if args.observe else None
        self._recorder: Recorder | None = None
        if args.observe and args.dense and not args.resume:
            path = args.output / f".{args.repeat}.operators"
            self._recorder = Recorder(args.dense[0], path, lambda: paths(self._weights))
        self._watchers: Watchers | None = None
        self.unwatched: list[str] = []

    @property
    def _expected(self) -> int:
        """How many steps the run takes at most."""
        steps, last = int(self._args.steps), self.dense.last
        return steps if last is None else min(steps, last + 1)

    def train(self) -> bool:
        """Apply the settings and train the benchmark; return whether the run is complete.

        It is not when this was the first of two processes: then comes `save`.
        """
        args, before = self._args, set(threading.enumerate())
        torch.set_num_threads(args.threads)
        APPLIED[:] = [name for name in SETTINGS if name in args.settings]  # in declared order
        for name in APPLIED:
            SETTINGS[name].call(args.seed)
        self._watchers = Watchers()
        if self._observer:
            self._observer.begin()
        if self._recorder:
            self._recorder.begin()
        module = load(args.benchmark)  # what it makes as it is imported is under the settings too
        data = str(args.data / args.needs_data) if args.needs_data else None
        if args.resume:
            self._resumption = self._in_two_processes()
        with contextlib.ExitStack() as after:
            events = None
            try:
                events = module.train(torch.device(args.device), args.steps, data, **args.options)
                if not isinstance(events, Iterable):
                    kind = type(events).__name__
                    text = "let it yield Start, then each Step"
                    raise TypeError(f"train returned the type {kind}: {text}")
                self.tracer.follow(events, module)
                if close := getattr(events, "close", None):  # a list has none
                    after.callback(close)
                self._watch(events)
            except KINDS as error:
                placed(error, events, module.train)
                raise
        complete = self._complete(module.train)
        if complete:
            self.unwatched = settle(before)
        return complete

    def observed(self) -> list[dict[str, Any]] | None:
        """Observe no more; return the sources, None where none was asked for."""
        if self._recorder:
            self.dense.operators = self._recorder.take()
        return self._observer.end() if self._observer else None

    def check(self) -> None:
        """Raise `RuntimeError` where the program replaced what watches it."""
        if self._watchers:
            self._watchers.check(self, self.tracer, self.dense, self.clock, self._channel)

    def _watch(self, events: Iterable[Any]) -> None:
        """Take what the benchmark yields until it ends, or has gone as far as it is to."""
        for event in events:
            if isinstance(event, Start):
                self._start(event)
            elif not isinstance(event, Step):
                kind = type(event).__name__
                raise TypeError(
                    f"the benchmark yielded the type {kind}: expected Start, then each Step"
                )
            elif self._taken == self._expected:  # it goes on: what counts is what stood then
                self.trace = self._closing
                break
            elif self._step(event):
                break

    def _complete(self, train: Callable[..., Any]) -> bool:
        """Return whether the program ended as it was asked to; raise `RuntimeError` if not.

        How many steps it takes, up to those asked for, is its own affair.
        """
        args = self._args
        if isinstance(self._resumption, Second) and not self._resumption.back:
            raise RuntimeError(UNSUPPORTED)
        if self._pauses and self._taken < self._expected:
            return False
        ended = f"the benchmark ended after {self._taken} steps, before"
        if not self._taken:
            asked = f"the benchmark trained 0 of {self._expected} steps"
            raise RuntimeError(f"{defined(train)}: {asked}; let it yield a Step after each update")
        if isinstance(self._resumption, First):
            raise RuntimeError(f"{ended} the break after {args.resume}")
        if args.flip is not None and self._taken <= args.flip:
            raise RuntimeError(f"{ended} the flip after step {args.flip}")
        return True

    def save(self, path: Path, earlier: dict[str, Any]) -> None:
        """Write the checkpoint that the second process goes on from; it finds `earlier` there."""
        if isinstance(self._resumption, First):
            watchers = {
                "taken": self._taken,
                "tracer": self.tracer.state(),
                "dense": self.dense.state(),
                "clock": self.clock.steps,
                "earlier": earlier,
            }
            self._resumption.save(path, watchers)

    def _in_two_processes(self) -> First | Second:
        args = self._args
        if args.checkpoint is None:
            return First(args.resume)
        return Second(args.resume, args.checkpoint, self._go_on)

    def _go_on(self, watchers: dict[str, Any]) -> None:
        """Let the watchers go on where those of the first process ended."""
        self._taken = watchers["taken"]
        self.tracer.restore(watchers["tracer"])
        self.dense.restore(watchers["dense"], self._taken)
        self.clock.steps = watchers["clock"]
        self.clock.start()
        self._channel.mark()  # what was printed again up to here does not count
        self.earlier = watchers["earlier"]

    @property
    def resumed(self) -> str | None:
        """Whose checkpoint the run went on from: the `suite`'s, or the program's `own`."""
        return self._resumption.by if isinstance(self._resumption, Second) else None

    @property
    def _pauses(self) -> bool:
        return isinstance(self._resumption, First) and self._taken == self._args.resume

    @unrecorded
    def _start(self, start: Start) -> None:
        self._weights = start.weights
        if self._observer:
            self._observer.start(start.weights)
        if self._args.traced:
            self.tracer.start(start)
        self.dense.start(start.weights, self.tracer)
        if self._resumption:
            self._resumption.start(start)
        self.clock.start()

    def _step(self, event: Step) -> bool:
        """Look at one step; return True if this process is to end with it."""
        if self._recorder:
            self._recorder.at(self._taken + 1, counted=True)
        if self._observer:
            self._observer.step()
        if self._resumption:
            self._resumption.step(self._taken)
        before = self.tracer.now() if self._taken == self._args.flip else None
        if before:
            flip(self._args.flip_in, self._weights, self.tracer.optimizers, self._args.device)
        if self._args.traced:
            self.tracer.step(event.batch, event.loss)
        if before and self.tracer.now() == before:
            raise RuntimeError(f"the bit that was flipped after step {self._taken} does not stand")
        self.dense.step(self._taken, event.batch, event.loss)
        self.clock.step()
        self._taken += 1
        if self._taken == self._expected and self.dense.last is None and self._args.traced:
            self._closing = self.tracer.finish(anew=False)
        if self._pauses:
            self._channel.mark()
        last = self.dense.last
        if self._recorder:
            self._recorder.ended(self._taken)
        return self._pauses or (last is not None and self._taken > last)
