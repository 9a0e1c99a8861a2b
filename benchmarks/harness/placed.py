"""Where in the program's file that stands which the contract does not know."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from benchmarks.frames import ROOT, is_own

KINDS = (TypeError, ValueError, RuntimeError)
"""What is raised for what a benchmark yields; a subclass is somebody else's."""
OURS = ("contract.py", "weights.py")


def placed(error: BaseException, events: Any, train: Callable[..., Any]) -> None:
    """Put FILE:LINE before an error in what `train` was given, returned or yielded.

    `events` is what it returned, None if that was never reached. An error of the program's own
    stays as it is: its traceback says where.
    """
    if type(error) not in KINDS:
        return
    frame = getattr(events, "gi_frame", None)
    if frame is not None and frame.f_lasti >= 0:  # it stands at a yield: what came of that is wrong
        place = _of(*_innermost(events))
    elif not isinstance(events, Generator):
        place = defined(train) if _depth(error) == 1 else ""
    else:
        place = _called(error)
    if place:
        error.args = (f"{place}: {error}",)


def defined(train: Callable[..., Any]) -> str:
    """Return FILE:LINE of a function, or the empty string."""
    code = getattr(train, "__code__", None)
    return _of(code.co_filename, code.co_firstlineno) if code else ""


def _of(filename: str, line: int) -> str:
    path = Path(filename)
    return f"{path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name}:{line}"


def _innermost(events: Any) -> tuple[str, int]:
    """Return file and line of the yield at which a generator stands, in whichever it leads to."""
    while getattr(getattr(events, "gi_yieldfrom", None), "gi_frame", None):
        events = events.gi_yieldfrom
    return events.gi_frame.f_code.co_filename, events.gi_frame.f_lineno


def _depth(error: BaseException) -> int:
    found, trace = 0, error.__traceback__
    while trace:
        found, trace = found + 1, trace.tb_next
    return found


def _called(error: BaseException) -> str:
    """Return where the program called Start or Step wrongly; empty if that is not what it is."""
    own, trace, last = "", error.__traceback__, ""
    while trace:
        last = trace.tb_frame.f_code.co_filename
        own = _of(last, trace.tb_lineno) if is_own(last) else own
        trace = trace.tb_next
    refused = Path(last).parent == ROOT / "benchmarks" and Path(last).name in OURS
    return own if refused or str(error).startswith(("Step.", "Start.")) else ""
