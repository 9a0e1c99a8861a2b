"""Where a program keeps things: its suspended frames and its modules."""

from __future__ import annotations

import gc
import itertools
import sys
from collections.abc import Iterator
from types import (
    AsyncGeneratorType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    ModuleType,
)
from typing import Any, NamedTuple

from benchmarks.harness.liveness import live

ITERATORS = (enumerate, zip, map, filter, itertools.islice, itertools.chain, itertools.cycle)
ITERATING = {*ITERATORS, GeneratorType}
SUSPENDED = {
    GeneratorType: "gi_frame", CoroutineType: "cr_frame", AsyncGeneratorType: "ag_frame",
}  # fmt: skip
FIXED = " "
"""The name of what must stay the same object."""
OUR_OWN = ("benchmarks.harness", "benchmarks.contract", "benchmarks.setting")


class Variables(NamedTuple):
    """What a suspended generator holds: the locals that it reads again, by their `names`.

    `named`: their values; `iterated`: what its loops go through, which stands on its stack.
    """

    names: frozenset[str]
    named: dict[str, Any]
    iterated: list[Any]

    def values(self) -> list[Any]:
        """Return all values, behind the set of names, which says where the frame stands."""
        return [self.names, *self.named.values(), *self.iterated]

    def entries(self) -> list[tuple[str, Any]]:
        """Return a name for each of `values`."""
        loops = [(f"loop[{i}]", one) for i, one in enumerate(self.iterated)]
        return [(FIXED, self.names), *self.named.items(), *loops]


def frame_of(running: Any) -> FrameType | None:
    """Return the frame of a generator, a coroutine or an asynchronous generator."""
    key = next(key for kind, key in SUSPENDED.items() if issubclass(type(running), kind))
    found: FrameType | None = getattr(running, key)
    return found


def variables(generator: Any) -> Variables:
    """Look at a suspended generator without keeping its other variables alive."""
    frame = frame_of(generator)
    if frame is None:
        return Variables(frozenset(), {}, [])
    names, found = live(frame.f_code, frame.f_lasti), frame.f_locals
    values = {name: found[name] for name in found if name in names}
    stack = [one for one in gc.get_referents(generator) if type(one) in ITERATING]
    if stack:
        known = set(map(id, found.values()))
        stack = [one for one in stack if id(one) not in known]
    if isinstance(found, dict):  # before Python 3.13 a copy, which the frame would keep
        found.clear()
    return Variables(names, values, stack)


def chain(events: Any) -> Iterator[GeneratorType[Any, Any, Any]]:
    """Yield the program's generator and those to which it delegates (`yield from`)."""
    while isinstance(events, GeneratorType):
        yield events
        events = events.gi_yieldfrom


def own_modules(module: ModuleType) -> dict[str, ModuleType]:
    """Return the modules that are the program's own, by name: its file, and those it imports from
    the same folder, at once or by what it takes from them.
    """  # fmt: skip
    folder = module.__name__.partition(".")[0]
    found: dict[str, ModuleType] = {}
    waiting = [module.__name__]
    while waiting:
        name = waiting.pop()
        here = sys.modules.get(name)
        if here is None or name in found or name.startswith(OUR_OWN):
            continue
        found[name] = here
        for value in list(vars(here).values()):
            source = value.__name__ if isinstance(value, ModuleType) else None
            if isinstance(value, FunctionType | type):
                source = value.__module__
            if isinstance(source, str) and source.partition(".")[0] == folder:
                waiting.append(source)
    return found
