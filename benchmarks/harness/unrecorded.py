"""What the suite does in the middle of a program: none of its operators is the program's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


class _Thread(threading.local):
    """How many such functions a thread is in the middle of."""

    depth = 0


_THREAD = _Thread()


def unrecorded(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Let the operators of a function be nobody's: see `operators/dispatched.py`."""

    @wraps(function)
    def aside(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        _THREAD.depth += 1
        try:
            return function(*args, **kwargs)
        finally:
            _THREAD.depth -= 1

    return aside


def is_unrecorded() -> bool:
    """Say whether this thread is in the middle of such a function."""
    return _THREAD.depth > 0
