"""Records the operators of one step of an unchanged program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.harness.unchanged.dispatched import Mode
from benchmarks.harness.unchanged.watcher import Watcher


class Recorder:
    """Records the operators of the step `step`; of the first one all since torch was imported.

    Has the methods of `Looking`, whose place it takes in a run.
    """

    def __init__(self, step: int, path: Path, watcher: Watcher) -> None:
        """Write to `path`, a line of JSON for each operator that is not of `watcher` itself."""
        self._step, self._path, self._watcher = step, path, watcher
        self._mode: Mode | None = None
        self._over = False

    def begin(self) -> None:
        """Be told that torch is there."""
        if self._step == 0:
            self._record()

    def start(self, weights: dict[str, Any]) -> None:
        """Be told of the weights before the first step."""

    def ended(self, step: int) -> None:
        """Be told that the optimizer's step before `step` is over: what follows belongs to it."""
        if step == self._step and not self._over:
            self._record()

    def at(self, step: int, *, counted: bool) -> None:
        """Be told which step is under way; `counted`: False, where its number may yet change."""
        if counted and step > self._step:
            self.end()

    def end(self) -> None:
        """Record no more."""
        self._over = True
        if self._mode is not None:
            self._mode.leave()

    def _record(self) -> None:
        """Begin, or begin anew: passes that were counted as steps may turn out to be none."""
        if self._mode is not None:
            self._mode.leave()
        self._mode = Mode(self._path.open("w", encoding="utf-8", buffering=1), self._watcher)
        self._mode.__enter__()
