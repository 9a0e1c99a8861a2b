"""Records the operators of one step of a program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.harness.operators.dispatched import Mode, Paths


class Recorder:
    """Records the operators of the step `step`; of the first one all since torch was imported.

    What only looks at the program is no part of it. A `Listener` of an unchanged program.
    """

    def __init__(self, step: int, path: Path, paths: Paths) -> None:
        """Write to `path`, a line of JSON for each operator; `paths` names modules."""
        self._step, self._path, self._paths = step, path, paths
        path.unlink(missing_ok=True)  # of an earlier run
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

    def take(self) -> list[str]:
        """Record no more; return the lines, and leave no file."""
        self.end()
        try:
            found = self._path.read_text(encoding="utf-8").splitlines()
            self._path.unlink()
        except OSError:  # it never began, or there was no room
            return []
        return found

    def _record(self) -> None:
        """Begin, or begin anew: passes that were counted as steps may turn out to be none."""
        if self._mode is not None:
            self._mode.leave()
        self._mode = Mode(self._path.open("w", encoding="utf-8", buffering=1), self._paths)
        self._mode.enter()
