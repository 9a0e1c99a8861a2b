"""The setting `in-order`: results come in the order of the work, not as it is done."""

from __future__ import annotations

import concurrent.futures
import functools
import itertools
import time
from collections.abc import Iterable, Iterator
from multiprocessing.pool import Pool
from typing import Any

NUMBER = "_reprise_number"
"""Attribute of a future: which one it is, of all that were made."""


def of_loaders() -> None:
    """Let loaders of PyTorch give their workers' batches in order."""
    from torch.utils.data import DataLoader

    original = DataLoader.__init__

    @functools.wraps(original)
    def ordered(self: object, *args: object, **kwargs: object) -> None:
        kwargs.pop("in_order", None)  # in order is the default; old releases know no other
        original(self, *args, **kwargs)

    DataLoader.__init__ = ordered


def of_futures() -> None:
    """Let `concurrent.futures.as_completed` give futures in the order in which they were made."""
    original, numbers = concurrent.futures.Future.__init__, itertools.count()

    @functools.wraps(original)
    def numbered(self: Any) -> None:
        original(self)
        setattr(self, NUMBER, next(numbers))

    concurrent.futures.Future.__init__ = numbered  # type: ignore[method-assign]
    for where in (concurrent.futures, concurrent.futures._base):
        where.as_completed = in_order  # type: ignore[attr-defined]


def in_order(fs: Iterable[Any], timeout: float | None = None) -> Iterator[Any]:
    """Yield futures as `as_completed` does, the one that was made first before all others.

    Raises `TimeoutError` where one is not done `timeout` seconds after the first was asked for.
    """
    end = None if timeout is None else time.monotonic() + timeout
    waiting = sorted(set(fs), key=lambda future: getattr(future, NUMBER, -1))
    for at, future in enumerate(waiting):
        left = None if end is None else max(0.0, end - time.monotonic())
        if not concurrent.futures.wait([future], left).done:
            text = f"{len(waiting) - at} (of {len(waiting)}) futures unfinished"
            raise concurrent.futures.TimeoutError(text)
        yield future


def of_pools() -> None:
    """Let pools of `multiprocessing`, of processes or threads, give results in order."""
    Pool.imap_unordered = Pool.imap  # type: ignore[method-assign]
