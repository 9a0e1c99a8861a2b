"""Containers of plain numbers, of which a step looks at the newest alone: did the others change."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.harness.stored import NUMBERS

Contents = Mapping[str, Callable[[], list[Any]]]
"""What gives the values of each container, by its name."""


class Many:
    """Remembers how each container stood when it was first seen; reads it once more at the end."""

    def __init__(self) -> None:
        """Know none."""
        self._first: dict[str, tuple[int, bytes]] = {}

    def see(self, contents: Contents) -> None:
        """Read what was not seen before."""
        for name, read in contents.items():
            if name not in self._first:
                values = read()
                self._first[name] = len(values), _digest(values)

    def changed(self, contents: Contents) -> set[str]:
        """Return the names of those, seen before, where other numbers stand than at first.

        What only came in behind them is no change of these.
        """
        return {name for name, read in contents.items() if self._changed(name, read())}

    def _changed(self, name: str, values: list[Any]) -> bool:
        size, digest = self._first[name]
        return _digest(values[:size]) != digest


def _digest(values: list[Any]) -> bytes:
    numbers = [value if type(value) in NUMBERS else None for value in values]
    return marshal.dumps(numbers, 2)  # a version that knows no shared objects
