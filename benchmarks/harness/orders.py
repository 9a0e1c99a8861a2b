"""In which order work comes back that a program gave to others: two runs tell if it is another.

Of futures as `as_completed` gives them, of results of `Pool.imap_unordered`, and of what several
threads put into one queue: each is told by its rank among those that came, so that it does not
matter how much work there was before. Of worker processes' queues nothing is known here.
"""

from __future__ import annotations

import hashlib
import queue
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import Future, as_completed
from itertools import count
from multiprocessing.pool import IMapIterator, IMapUnorderedIterator
from types import CodeType, FrameType
from typing import Any
from weakref import WeakKeyDictionary

from benchmarks.frames import call_text, nearest, place

Note = Callable[[str, str, str], None]
Line = tuple[str, str]
"""What a line of the program says, and where it stands."""
MOST = 1024
"""Of what came at a line; more is not looked at."""
BETWEEN = ("std.py",)
"""Files of others that may lie between a line and `as_completed`: tqdm's."""


class Orders:
    """Reports to `note`, as (kind, what, place), a digest of each order, as it grows twice as long.

    `called`: what is to be told of a call, `returned`: of what a function returns or yields.
    """

    def __init__(self, note: Note) -> None:
        """Know of nothing that was asked for."""
        self._note = note
        self._numbers = count()
        self._futures: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        self._iterators: WeakKeyDictionary[Any, tuple[int, Line]] = WeakKeyDictionary()
        self._put: WeakKeyDictionary[Any, deque[str]] = WeakKeyDictionary()
        self._came: dict[Line, list[Any]] = defaultdict(list)
        self.called: dict[CodeType, Callable[[FrameType], None]] = {
            Future.__init__.__code__: self._asked,
            IMapIterator.__init__.__code__: self._opened,
            vars(IMapUnorderedIterator)["_set"].__code__: self._arrived,
            queue.Queue._put.__code__: self._given,
            queue.Queue._get.__code__: self._taken,
        }
        self.returned: dict[CodeType, Callable[[FrameType, Any], None]] = {
            as_completed.__code__: self._completed,
        }

    def _asked(self, frame: FrameType) -> None:
        self._futures[frame.f_locals["self"]] = next(self._numbers)

    def _completed(self, frame: FrameType, future: Any) -> None:
        own = nearest(frame.f_back, BETWEEN)
        if own and future in self._futures:
            self._add(_line(own), self._futures[future])

    def _opened(self, frame: FrameType) -> None:
        if own := nearest(frame, ("pool.py",)):
            self._iterators[frame.f_locals["self"]] = next(self._numbers), _line(own)

    def _arrived(self, frame: FrameType) -> None:
        given = frame.f_locals
        if known := self._iterators.get(given["self"]):
            number, line = known
            self._add(line, (number, given["i"]))

    def _given(self, frame: FrameType) -> None:
        """Something is put into a queue, by the thread that is told here; its lock is held."""
        name = threading.current_thread().name
        self._put.setdefault(frame.f_locals["self"], deque()).append(name)

    def _taken(self, frame: FrameType) -> None:
        names = self._put.get(frame.f_locals["self"])
        name = names.popleft() if names else None
        own = nearest(frame, ("queue.py",))
        if own and name:
            self._add(_line(own), name)

    def _add(self, line: Line, one: Any) -> None:
        came = self._came[line]
        if len(came) >= MOST:
            return
        came.append(one)
        if len(came).bit_count() > 1:
            return
        ranks = {value: rank for rank, value in enumerate(sorted(set(came)))}
        if len(ranks) > 1:  # of one thread alone the order is its own
            order = repr([ranks[value] for value in came])
            digest = hashlib.sha256(order.encode()).hexdigest()[:8]
            self._note("order", f"{line[0]} [{digest}]", line[1])


def _line(frame: FrameType) -> Line:
    return call_text(frame), place(frame.f_code, frame.f_lineno)
