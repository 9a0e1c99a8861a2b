"""What came at a line, one after the other, as digests by which two runs tell another order.

Of a line one of two things is known: which of the numbered pieces of work came (their ranks tell
the order, whatever was asked for before), or the values that came. Of values the digest names all
of them too, in an order of their own: only where two runs were given the same ones, each once, and
in another order, was it the order that changed.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

from benchmarks.harness.forms import is_plain

Note = Callable[[str, str, str], None]
Line = tuple[str, str]
"""What a line of the program says, and where it stands."""
MOST, FEW = 1024, 4
"""Of what came at a line, that is looked at; values that tell an order before all have come."""
BYTES, LEVELS = 2**16, 3
"""Of an array or a tensor, that its digest is of; how far down a value is looked at."""
PLAIN = {int, float, complex, str, bytes, type(None)}
"""Not bool, of which there are but two; nor what derives from these: its code is the program's."""


class Came:
    """Reports to `note`, as (kind, what, place), what came at a line, as it grows twice as long."""

    def __init__(self, note: Note) -> None:
        """Know of nothing that came."""
        self._note = note
        self._work: dict[Line, list[Any]] = defaultdict(list)
        self._values: dict[Line, dict[str, None]] = defaultdict(dict)
        self._by: dict[Line, set[str]] = defaultdict(set)
        self._closed: set[Line] = set()

    def work(self, line: Line, number: Any) -> None:
        """Be told of a piece of work; two of them are put in order by their numbers."""
        came = self._work[line]
        if len(came) >= MOST:
            return
        came.append(number)
        ranks = {value: rank for rank, value in enumerate(sorted(set(came)))}
        if len(ranks) > 1 and len(came).bit_count() == 1:  # of one alone the order is its own
            self._note("order", f"{line[0]} [{_digest([ranks[one] for one in came])}]", line[1])

    def value(self, line: Line, value: Any, by: str = "") -> None:
        """Be told of a value, and by whom where that is known: of one alone the order is its own.

        A value that is not known, or came before, closes the line. Of a few values others may
        come in another order by chance, so that fewer than `FEW` say nothing before the end.
        """
        if line in self._closed:
            return
        self._by[line].add(by)
        came, content = self._values[line], content_of(value)
        if content is None or content in came or len(came) >= MOST:
            self._close(line, FEW)
            return
        came[content] = None
        if len(came) >= FEW and len(came).bit_count() == 1:
            self._say(line)

    def mark(self) -> bool:
        """Note how far each line has come, and return whether one may yet tell an order."""
        held = [*self._values.items()]  # threads may add to these meanwhile
        begun = [line for line, came in held if came and line not in self._closed]
        waiting = [line for line in begun if not self._of_one(line)]
        for line in waiting:
            self._say(line, " so far")
        return bool(waiting)

    def _of_one(self, line: Line) -> bool:
        return len(self._by[line] - {""}) == 1

    def end(self) -> None:
        """Be told that no more comes."""
        for line in [*self._values]:
            if line not in self._closed:
                self._close(line, 2)

    def _close(self, line: Line, least: int) -> None:
        self._closed.add(line)
        if len(self._values[line]) >= least:
            self._say(line)

    def _say(self, line: Line, remark: str = "") -> None:
        if self._of_one(line):
            return
        came = [*self._values[line]]
        digests = f"{_digest(came)}/{_digest(sorted(came))}{remark}"
        self._note("order", f"{line[0]} [{digests}]", line[1])


def content_of(value: Any, level: int = 0) -> str | None:
    """Return what two values have in common that are the same; None where that is not known."""
    if isinstance(value, Tensor):
        return content_of(value.detach().numpy()) if is_plain(value) and value.is_cpu else None
    if type(value) is np.ndarray:
        first = value.ravel()[: BYTES // max(1, value.itemsize)]
        digest = hashlib.sha256(first.tobytes()).hexdigest()
        return None if value.dtype.hasobject else f"{value.dtype.str} {value.shape} {digest}"
    if type(value) is dict:
        value = [*value.items()]
    if type(value) in (tuple, list) and level < LEVELS:
        inside = [content_of(one, level + 1) for one in value[:MOST]]
        return None if None in inside else f"{len(value)} {inside}"
    known = type(value) in PLAIN or isinstance(value, np.number)
    return f"{type(value).__name__} {value!r}" if known else None


def _digest(came: list[Any]) -> str:
    return hashlib.sha256(repr(came).encode()).hexdigest()[:8]
