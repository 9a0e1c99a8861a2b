"""In which order work comes back that a program gave to others: two runs tell if it is another.

Of futures as `as_completed` and `wait` give them, of asyncio's tasks too, of results of
`Pool.imap_unordered`, and of what several threads put into one queue: each is told by its rank
among those that came. What other processes put into a queue, and what several threads or tasks
append to lists, is told by its value.
"""

from __future__ import annotations

import asyncio
import multiprocessing.queues
import queue
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, as_completed, wait
from itertools import count
from multiprocessing.pool import IMapIterator, IMapUnorderedIterator
from types import CodeType, FrameType
from typing import Any
from weakref import WeakKeyDictionary

from benchmarks.frames import call_text, is_own, nearest, place
from benchmarks.harness.came import Came, Line, Note

BETWEEN = ("std.py",)
"""Files of others that may lie between a line and `as_completed`: tqdm's."""
QUEUES = (multiprocessing.queues.Queue, multiprocessing.queues.SimpleQueue)


class Orders:
    """Reports each order to `note`, as `Came` does.

    `called`: what is to be told of a call, `returned`: of what a function returns or yields.
    """

    def __init__(self, note: Note) -> None:
        """Know of nothing that was asked for."""
        self._came = Came(note)
        self.mark, self.end = self._came.mark, self._came.end
        self._numbers = count()
        self._futures: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        self._iterators: WeakKeyDictionary[Any, tuple[int, Line]] = WeakKeyDictionary()
        self._put: WeakKeyDictionary[Any, deque[str]] = WeakKeyDictionary()
        self.called: dict[CodeType, Callable[[FrameType], None]] = {
            Future.__init__.__code__: self._asked,
            IMapIterator.__init__.__code__: self._opened,
            vars(IMapUnorderedIterator)["_set"].__code__: self._arrived,
            queue.Queue._put.__code__: self._given,
            queue.Queue._get.__code__: self._taken,
        }
        self._queues = {kind.get.__code__ for kind in QUEUES}
        self.returned: dict[CodeType, Callable[[FrameType, Any], None]] = {
            as_completed.__code__: self._completed,
            wait.__code__: self._waited,
            asyncio.wait.__code__: self._waited,
            **dict.fromkeys(_waiting_for_one(), self._awaited),
        }

    def _asked(self, frame: FrameType) -> None:
        self._futures[frame.f_locals["self"]] = next(self._numbers)

    def _number(self, work: Any) -> tuple[int, str]:
        """Return what numbers a future or a task; the loop names its tasks by theirs."""
        if isinstance(work, asyncio.Task):
            name = work.get_name()
            return len(name), name
        return self._futures.get(work, -1), ""

    def _completed(self, frame: FrameType, future: Any) -> None:
        own = nearest(frame.f_back, BETWEEN)
        if own and future in self._futures:
            self._came.work(_line(own), self._number(future))

    def _waited(self, frame: FrameType, found: Any) -> None:
        """Some are done; a coroutine that only waits on gives no pair."""
        own = nearest(frame.f_back, ())
        if own and isinstance(found, tuple) and len(found) == 2:
            self._came.work(_line(own), tuple(sorted(map(self._number, found[0]))))

    def _awaited(self, frame: FrameType, _result: Any) -> None:
        task, own = frame.f_locals.get("f"), nearest(frame.f_back, ())
        if own and isinstance(task, asyncio.Task):
            self._came.work(_line(own), self._number(task))

    def value(self, frame: FrameType, event: str, arg: Any) -> None:
        """Be told of whatever returned in `frame`: a list's `append`, a queue's `get`."""
        if event == "return" and frame.f_code in self._queues:
            own = nearest(frame.f_back, ())
            if own and arg is not None:  # nothing came in time, or there is an end
                self._came.value(_line(own), arg)
        elif event == "c_return" and arg.__name__ == "append":
            self._appended(frame, arg.__self__)

    def _appended(self, frame: FrameType, where: Any) -> None:
        if type(where) is not list or not is_own(frame.f_code.co_filename):
            return
        task = asyncio.current_task() if asyncio._get_running_loop() else None
        if task is None and threading.active_count() == 1:
            return
        by = task.get_name() if task else threading.current_thread().name
        for value in where[-1:]:  # another thread may have emptied it
            self._came.value(_line(frame), value, by)

    def _opened(self, frame: FrameType) -> None:
        if own := nearest(frame, ("pool.py",)):
            self._iterators[frame.f_locals["self"]] = next(self._numbers), _line(own)

    def _arrived(self, frame: FrameType) -> None:
        given = frame.f_locals
        if known := self._iterators.get(given["self"]):
            number, line = known
            self._came.work(line, (number, given["i"]))

    def _given(self, frame: FrameType) -> None:
        """Something is put into a queue, by the thread that is told here; its lock is held."""
        name = threading.current_thread().name
        self._put.setdefault(frame.f_locals["self"], deque()).append(name)

    def _taken(self, frame: FrameType) -> None:
        names = self._put.get(frame.f_locals["self"])
        name = names.popleft() if names else None
        own = nearest(frame, ("queue.py",))
        if own and name:
            self._came.work(_line(own), name)


def _line(frame: FrameType) -> Line:
    return call_text(frame), place(frame.f_code, frame.f_lineno)


def _waiting_for_one() -> list[CodeType]:
    """Return the code by which `asyncio.as_completed` waits: a function of it, or a method."""
    iterator = getattr(asyncio.tasks, "_AsCompletedIterator", None)  # since Python 3.13
    if iterator is not None:
        return [iterator._wait_for_one.__code__]
    inner = asyncio.as_completed.__code__.co_consts
    return [one for one in inner if isinstance(one, CodeType) and one.co_name == "_wait_for_one"]
