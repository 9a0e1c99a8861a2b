"""Holders that keep what they hold where no attribute shows it, and a way to change each."""

from __future__ import annotations

import argparse
import array
import collections
import colorsys
import concurrent.futures
import contextlib
import contextvars
import ctypes
import datetime
import decimal
import functools
import io
import itertools
import logging
import os
import pathlib
import queue
import random
import re
import socket
import tempfile
import threading
import time
import types
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import torch
from torch import nn

from tests.torch.held import plain
from tests.torch.holders import Way


def tensor() -> torch.Tensor:
    """Return a tensor that `add` finds again, in a module that is none of the program's."""
    found = torch.zeros(3)
    vars(colorsys)["it"] = found
    return found


class Walker:
    """An iterator of a class of its own."""

    def __init__(self) -> None:
        self.mean = tensor()

    def __iter__(self) -> Walker:
        return self

    def __next__(self) -> int:
        return 1


class Local(threading.local):
    pass


class Late(concurrent.futures.Future[Any]):
    pass


def filled(holder: Any, fill: Callable[[Any], Any]) -> Any:
    fill(holder)
    return holder


@contextlib.contextmanager
def managed(value: torch.Tensor) -> Iterator[None]:
    yield
    value += 0


async def awaited(value: torch.Tensor) -> None:
    value += 0


async def streamed(value: torch.Tensor) -> AsyncIterator[None]:
    yield
    value += 0


def entered() -> Any:
    found = managed(tensor())
    found.__enter__()
    return found


def viewed() -> Any:
    return {"a": tensor()}.values()


def remembering() -> Any:
    @functools.lru_cache
    def made(_: int) -> torch.Tensor:
        return tensor()

    made(1)
    return made


def instruments() -> Any:
    """Hold what many programs have beside their training, much of which differs in every run."""
    (one, other), pool = socket.socketpair(), concurrent.futures.ThreadPoolExecutor(1)
    pool.submit(int).result()
    return types.SimpleNamespace(
        logger=logging.getLogger("opaque"), handler=logging.StreamHandler(io.StringIO()),
        options=argparse.Namespace(rate=0.1, out=pathlib.Path("out")), lock=threading.Lock(),
        parser=argparse.ArgumentParser(), sockets=[one, other], pool=pool,
        expression=re.compile("a+"), now=datetime.datetime.now(), today=datetime.date.today(),
        file=tempfile.TemporaryFile(), event=threading.Event(), address=object(),
        thread=threading.Thread(target=int), random=random.SystemRandom(), flag=re.I,
        kinds={int, nn.Linear}, paths={pathlib.Path("a"), pathlib.Path("b")}, text=io.StringIO(),
        weak=weakref.ref(logging.getLogger("opaque")), generic=list[int], number=decimal.Decimal(1),
    )  # fmt: skip


def use(held: Any) -> None:
    """Use them as programs do in each step."""
    held.logger.warning("one step at %s", time.time())
    held.handler.emit(held.logger.makeRecord("a", 30, "f", 1, f"{time.time()}", (), None))
    held.file.write(os.urandom(8))
    held.now = datetime.datetime.now()
    held.sockets[0].send(os.urandom(8))
    held.text.write(f"{time.time()}")
    held.event.set()
    held.pool.submit(time.time).result()


def with_tensor() -> logging.Logger:
    found = logging.Logger("with a tensor")
    vars(found)["ema"] = tensor()
    return found


def add(_held: Any, _model: Any, _optimizer: Any) -> None:
    vars(colorsys)["it"].add_(1)


MAKERS: dict[str, Callable[[], Any]] = {
    "a set": lambda: {("a", tensor())},
    "a set of several": lambda: {(1, torch.zeros(2)), (0, tensor())},
    "a module that was made": lambda: filled(
        types.ModuleType("made"), lambda m: setattr(m, "a", tensor())
    ),
    "what each thread has": lambda: filled(threading.local(), lambda m: setattr(m, "a", tensor())),
    "a subclass of that": lambda: filled(Local(), lambda m: setattr(m, "a", tensor())),
    "a context manager": entered,
    "a simple queue": lambda: filled(queue.SimpleQueue(), lambda q: q.put(tensor())),
    "a result": lambda: filled(concurrent.futures.Future(), lambda f: f.set_result(tensor())),
    "a subclass of a result": lambda: filled(Late(), lambda f: f.set_result(tensor())),
    "a cache": remembering,
    "a view of a dict": viewed,
    "a dict that cannot be written": lambda: types.MappingProxyType({"a": tensor()}),
    "an iterator over a list": lambda: iter([tensor()]),
    "a list backwards": lambda: reversed([tensor()]),
    "counted own iterator": lambda: enumerate(Walker()),
    "zipped own iterators": lambda: zip(Walker(), [1], strict=False),
    "accumulated": lambda: itertools.accumulate(Walker()),
    "repeated": lambda: itertools.repeat(tensor()),
    "a variable of a context": lambda: filled(
        contextvars.ContextVar("a"), lambda v: v.set(tensor())
    ),
    "a stack of exits": lambda: filled(
        contextlib.ExitStack(), lambda s: s.callback(print, tensor())
    ),
    "a coroutine": lambda: awaited(tensor()),
    "an asynchronous generator": lambda: streamed(tensor()),
    "a bare storage": lambda: tensor().untyped_storage(),
    "a chain of dicts": lambda: collections.ChainMap({"a": tensor()}),
}


def on_a_class(_model: Any, _optimizer: Any) -> None:
    nn.Linear.ema = tensor()


BYTES: dict[str, Way] = {
    "an array of Python": (
        plain(lambda: array.array("d", [0.0])), lambda h, m, o: h.__setitem__(0, 1.0)
    ),
    "an array that grows": (plain(lambda: array.array("d")), lambda h, m, o: h.append(0.0)),
    "bytes": (plain(lambda: bytearray(3)), lambda h, m, o: h.extend(b"a")),
    "a view of bytes": (
        plain(lambda: memoryview(bytearray(3))), lambda h, m, o: h.__setitem__(0, 1)
    ),
    "bytes of a file": (plain(lambda: io.BytesIO(b"abc")), lambda h, m, o: h.write(b"d")),
    "an array of C": (plain(ctypes.c_double * 3), lambda h, m, o: h.__setitem__(0, 1.0)),
    "a number of C": (plain(ctypes.c_double), lambda h, m, o: setattr(h, "value", 1.0)),
}  # fmt: skip
LATE: dict[str, Way] = {
    "a queue that was empty": (
        plain(queue.SimpleQueue), lambda h, m, o: h.put(torch.ones(1))
    ),
    "a result that was none": (
        plain(concurrent.futures.Future), lambda h, m, o: h.set_result(torch.ones(1))
    ),
    "what a thread had not": (
        plain(threading.local), lambda h, m, o: setattr(h, "a", torch.ones(1))
    ),
    "a set that was empty": (plain(set), lambda h, m, o: h.add((1, torch.ones(1)))),
    "a memo that was empty": (lambda m, o: functools.lru_cache(torch.ones), lambda h, m, o: h(1)),
}  # fmt: skip
OPAQUE: dict[str, Way] = {
    **{name: (plain(make), add) for name, make in MAKERS.items()},
    **BYTES,
    **LATE,
    "a class of torch": (on_a_class, add),
}
