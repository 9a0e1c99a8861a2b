"""What takes a while: said on stderr as it begins, and how long it took."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from workflows.common.underway import live

SHORT = 1.0
"""Seconds of which nothing is said afterwards."""


@contextmanager
def takes(who: str, what: str) -> Iterator[None]:
    """Say that `who` does `what`; where it is seen at once, the seconds follow in the same line."""
    seen, start = live(), time.monotonic()
    _say(f"{who}: {what} …", "" if seen else "\n")
    try:
        yield
    except BaseException:
        if seen:
            _say("", "\n")
        raise
    seconds = time.monotonic() - start
    if seen:
        _say(f" {seconds:.0f} s", "\n")
    elif seconds >= SHORT:
        _say(f"{who}: that took {seconds:.0f} s", "\n")


def _say(text: str, end: str) -> None:
    print(text, end=end, file=sys.stderr, flush=True)
