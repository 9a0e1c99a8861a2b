"""Ends cleanly on SIGINT, SIGTERM and SIGHUP: the first of them becomes an exception."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


@contextmanager
def ended_cleanly() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end what is within by `SystemExit`, as 128 + N: `finally` is run."""
    found = [each for each in (signal.SIGTERM, signal.SIGHUP) if _by_default(each)]
    for number in found:
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    try:
        yield
    finally:
        for number in found:
            signal.signal(number, signal.SIG_DFL)


def _by_default(number: int) -> bool:
    main = threading.current_thread() is threading.main_thread()
    return main and signal.getsignal(number) == signal.SIG_DFL
