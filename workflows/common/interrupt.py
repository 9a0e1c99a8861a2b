"""Ends cleanly on SIGINT, SIGTERM and SIGHUP: the first of them becomes an exception."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """A signal asked the launch to end."""


def interrupt(number: int, _frame: FrameType | None) -> None:
    """Turn the first signal into an exception; a second must not disturb the cleaning up."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise Interrupted(number)


def interruptible(action: Callable[[], None], left: str) -> int:
    """Carry out `action`; after a signal say what is `left` and return the signal's exit code."""
    for number in SIGNALS:
        signal.signal(number, interrupt)
    try:
        action()
    except Interrupted as signalled:
        print(f"interrupted: {left}", file=sys.stderr)
        return 128 + int(signalled.args[0])
    return 0
