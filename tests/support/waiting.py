"""Wait for what other processes do, and keep what was seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(what: str, find: Callable[[], T], seconds: float = 1200) -> T:
    """Return the first thing found that is true; fail, naming `what`, after `seconds`.

    The limit is for what never comes: a machine that does much else at once may take minutes.
    A second look may see something else, so what was seen is returned.
    """
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, f"no {what} within {seconds:g} s"
        time.sleep(0.05)
    return found
