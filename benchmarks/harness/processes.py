"""Python processes that the program starts, and that the settings of a run do not reach."""

from __future__ import annotations

import multiprocessing
import multiprocessing.process
import os
import subprocess
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from benchmarks.frames import call_text, nearest, place


class Processes:
    """Reports each to `note`, as (kind, what, place); `called`: what is to be told of a call."""

    def __init__(self, note: Callable[[str, str, str], None]) -> None:
        """Wait for what is started."""
        self._note = note
        self.called: dict[CodeType, Callable[[FrameType], None]] = {
            subprocess.Popen.__init__.__code__: self._program,
            multiprocessing.process.BaseProcess.start.__code__: self._process,
        }

    def _program(self, frame: FrameType) -> None:
        """Another program is started; Python's is one that settings do not reach."""
        asked: Any = frame.f_locals["args"]
        first = asked if isinstance(asked, str | bytes | os.PathLike) else next(iter(asked), "")
        if "python" in os.fsdecode(first):
            self._outside(nearest(frame))

    def _process(self, frame: FrameType) -> None:
        """A process of `multiprocessing`: a forked one keeps the settings, others do not."""
        method = frame.f_locals["self"]
        start = getattr(method, "_start_method", None) or multiprocessing.get_start_method()
        if start != "fork":
            self._outside(nearest(frame))

    def _outside(self, own: FrameType | None) -> None:
        if own is not None and "REPRISE_SPAWNED" not in os.environ:
            where = place(own.f_code, own.f_lineno)
            self._note("process", f"without the settings: {call_text(own)}", where)
