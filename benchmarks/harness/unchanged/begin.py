"""What is done in each Python process of a command, right after its first `import torch`."""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.harness.machine import held
from benchmarks.harness.operators.recorder import Recorder
from benchmarks.harness.unchanged.benched import Asked, Benched
from benchmarks.harness.unchanged.extras import EXTRAS
from benchmarks.harness.unchanged.hooks import listen
from benchmarks.harness.unchanged.listed import Listed
from benchmarks.harness.unchanged.looking import Looking, Together
from benchmarks.harness.unchanged.vision import importable
from benchmarks.harness.unchanged.watcher import Watcher
from benchmarks.setting import APPLIED
from benchmarks.settings import SETTINGS

ORDER = "order.json"
"""What is asked of every process: `settings`, `seed`, `observe` (None, or the step to end with),
`record` (None, or the step whose operators are recorded); for a benchmark `asked`, too: the
fields of `Asked`.
"""
REACHED = "spawned-settings"
"""The setting that is in force without a call: every Python process of a command begins here."""


def begin(folder: str) -> None:
    """Apply the settings, watch, and leave a trace in `folder` at the end."""
    order = json.loads(Path(folder, ORDER).read_text(encoding="utf-8"))
    apply(order["settings"], order["seed"])
    looking = Looking(order["observe"]) if order["observe"] is not None else None
    asked = order.get("asked")
    watcher = Benched(looking, Asked(**asked), Path(folder)) if asked else Watcher(looking)
    if asked:  # in an environment of ours; in one's own it fails as it fails without us
        importable()
    if order["record"] is not None:
        record(watcher, order, Path(folder))
    process = Process(watcher, Path(folder))
    if order["traced"]:
        listen(watcher, process.tell)
    elif isinstance(watcher, Benched):
        watcher.only_time()
    atexit.register(process.leave)
    leaves_at_once(process)
    if watcher.looking:
        watcher.looking.begin()


def record(watcher: Watcher, order: dict[str, Any], folder: Path) -> None:
    """Let the operators of a step be recorded; of a benchmark its tensors' file gets them."""
    path = folder / f"operators-{os.getpid()}.jsonl"
    recorder = Recorder(order["record"], path, watcher.known.paths)
    watcher.looking = Together(watcher.looking, recorder) if watcher.looking else recorder
    if isinstance(watcher, Benched):
        watcher.records(recorder, Path(order["work"]))


def apply(names: list[str], seed: int) -> None:
    """Apply settings in their declared order; one for a library that is not here does nothing."""
    APPLIED[:] = [name for name in SETTINGS if name in names]
    for name in APPLIED:
        if name != REACHED:
            with suppress(ImportError):
                SETTINGS[name].call(seed)
    for name in EXTRAS.keys() & {*names}:
        EXTRAS[name]()


class Process:
    """This process, which leaves what was seen of it once, at its end; a forked copy does not."""

    def __init__(self, watcher: Watcher, folder: Path) -> None:
        """Leave it in `folder`."""
        self._watcher, self._folder = watcher, folder
        self._pid, self._began = os.getpid(), time.time_ns()
        self._left = False
        self._listed = Listed()
        self._listed.listen()
        (folder / f"torch-{self._pid}").touch()

    def leave(self) -> None:
        """Write `PID-BEGAN.npz` and, last, the `.json` beside it."""
        if self._left or os.getpid() != self._pid:
            return
        self._left = True
        try:
            path = self._folder / f"{self._pid}-{self._began}.json"
            partial = path.with_suffix(".partial.npz")
            trace = self._watcher.finish()
            trace.save(partial)
            summary = {"sha256": hashlib.sha256(partial.read_bytes()).hexdigest()}
            partial.replace(path.with_suffix(".npz"))
            content = self.about() | {"trace": summary | trace.summary()}
            partial.write_text(json.dumps(content), encoding="utf-8")
            partial.replace(path)
        except Exception as error:
            self.tell(f"{type(error).__name__}: {error}")

    def tell(self, text: str) -> None:
        """Leave a line about why this process, or its forked copy, is not watched."""
        line = " ".join(text.split())
        (self._folder / f"fault-{os.getpid()}").write_text(f"{line}\n", encoding="utf-8")

    def about(self) -> dict[str, Any]:
        """Return which process of the command this is, and what held in it."""
        multiprocessing = sys.modules.get("multiprocessing")
        current = multiprocessing.current_process().name if multiprocessing else "MainProcess"
        program = Path(sys.argv[0]).name if sys.argv and sys.argv[0] else "python"
        looking = self._watcher.looking
        return {
            "program": program,
            "process": current if current != "MainProcess" else None,
            "rank": self._watcher.rank(),
            "began": self._began,
            "seconds_watching": round(self._watcher.seconds, 4),
            "device": self._watcher.device,
            "fault": self._watcher.fault,
            "held": held(),
            "listed": [*self._listed.found],
            "sources": looking.end() if looking else None,
            **self._watcher.more(),
        }


def leaves_at_once(process: Process) -> None:
    """Let `os._exit`, which ends a process without its last words, leave the trace first."""
    original = os._exit

    def leaves(status: int) -> None:
        process.leave()
        original(status)

    os._exit = leaves  # type: ignore[assignment]
