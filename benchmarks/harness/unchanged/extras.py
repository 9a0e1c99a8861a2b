"""Changes that only a command has: for what no setting of a benchmark holds."""

from __future__ import annotations

import concurrent.futures
import functools
import hashlib
import multiprocessing.pool
import os
from collections.abc import Callable
from typing import Any


class _Sorted:
    """The entries of a folder by their names, as `os.scandir` gives them."""

    def __init__(self, entries: Any) -> None:
        with entries:
            self._entries = iter(sorted(entries, key=lambda entry: entry.name))

    def __iter__(self) -> Any:
        return self._entries

    def __next__(self) -> Any:
        return next(self._entries)

    def __enter__(self) -> _Sorted:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is open any more."""


def sorted_listing() -> None:
    """Let folders list their files by name."""
    listdir, scandir = os.listdir, os.scandir
    os.listdir = functools.wraps(listdir)(lambda *args: sorted(listdir(*args)))  # type: ignore[assignment]
    os.scandir = functools.wraps(scandir)(lambda *args: _Sorted(scandir(*args)))  # type: ignore[assignment]


class _Shuffled(_Sorted):
    """The entries of a folder as another disk may list them."""

    def __init__(self, entries: Any) -> None:
        super().__init__(entries)
        self._entries = iter(sorted(self._entries, key=lambda entry: _place(entry.name)))


def _place(name: Any) -> bytes:
    return hashlib.sha256(os.fsencode(name)).digest()


def shuffled_listing() -> None:
    """Let folders list their files in an order of no meaning, the same in every run."""
    listdir, scandir = os.listdir, os.scandir

    def listed(*args: Any) -> list[Any]:
        return sorted(listdir(*args), key=_place)

    os.listdir = functools.wraps(listdir)(listed)  # type: ignore[assignment]
    os.scandir = functools.wraps(scandir)(lambda *args: _Shuffled(scandir(*args)))  # type: ignore[assignment]


def one_worker() -> None:
    """Let every pool have one worker, so that results come in the order in which work was given."""
    for kind, name in (
        (concurrent.futures.ThreadPoolExecutor, "max_workers"),
        (concurrent.futures.ProcessPoolExecutor, "max_workers"),
        (multiprocessing.pool.Pool, "processes"),
    ):
        _limit(kind, name)


def _limit(kind: Any, name: str) -> None:
    original = kind.__init__

    @functools.wraps(original)
    def limited(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *([1] if args else []), *args[1:], **({} if args else {name: 1}), **{
            key: value for key, value in kwargs.items() if key != name
        })  # fmt: skip

    kind.__init__ = limited


EXTRAS: dict[str, Callable[[], None]] = {
    "sorted-listing": sorted_listing, "shuffled-listing": shuffled_listing, "one-worker": one_worker
}  # fmt: skip
