"""What a walk has found, and how it is read again while nothing but values has changed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping
from itertools import chain, compress
from types import ModuleType
from typing import Any

import numpy as np
from torch import Tensor
from torch.optim import Optimizer

from benchmarks.harness.fingerprint import Traced
from benchmarks.harness.stored import INERT, Source, is_number

Place = tuple[str, str] | None
"""What stands at a place: its kind ("tensors", "numbers", "loose", "inert", "any") and its name."""
ANY: Place = ("any", "")
"""A place that is not looked at: whatever stands there."""


class Node:
    """One container: its values as they were, and at any time; what stands at each place."""

    __slots__ = ("places", "restless", "source", "values")

    def __init__(self, source: Source, values: list[Any]) -> None:
        """Hold what `source` gives now; the walk fills the places in."""
        self.source = source
        self.values = values
        self.places: list[Place] = [ANY] * len(values)
        self.restless = callable(source)

    def read(self) -> list[Any]:
        """Return the values as they are now."""
        return list(self.source() if callable(self.source) else self.source)


class Quiet:
    """Containers in which nothing was replaced when they were last read."""

    def __init__(self, nodes: list[Node]) -> None:
        """Remember how they stand."""
        self._sources: list[Any] = [node.source for node in nodes]
        self._sizes = [len(node.values) for node in nodes]
        self._counts = [place is not ANY for node in nodes for place in node.places]
        values = chain.from_iterable(node.values for node in nodes)
        self._values = list(compress(values, self._counts))

    def stands(self) -> bool:
        """Say whether none of the values that count was replaced, with no loop in Python."""
        if list(map(len, self._sources)) != self._sizes:
            return False
        now = compress(chain.from_iterable(self._sources), self._counts)
        return all(map(operator.is_, now, self._values))


class Found:
    """What was found: `tensors` and arrays, watched `numbers`, `loose` ones, and more, by name.

    `buffers`: bytes that are no array's, which are copied whenever they are read.

    `steady`: names of tensors that every step is expected to change (of optimizers); `changed`:
    those of loose numbers that did; `many`: what reads containers of which the newest value alone
    is looked at; `left_out`: what was seen and not looked at, in words.
    """

    def __init__(
        self, known: Mapping[int, str], own: Mapping[str, ModuleType],
        counted: Collection[int] = (),
    ) -> None:  # fmt: skip
        """Start empty; `known`: names of tensors, by id, that are watched elsewhere.

        `own`: the program's modules; `counted`: ids of objects whose numbers count.
        """
        self.tensors: dict[str, Traced] = {}
        self.numbers: dict[str, Any] = {}
        self.loose: dict[str, Any] = {}
        self.buffers: dict[str, Any] = {}
        self.generators: dict[str, Any] = {}
        self.optimizers: list[Optimizer] = []
        self.steady: set[str] = set()
        self.left_out: dict[str, None] = {}
        self.changed: set[str] = set()
        self.many: dict[str, Callable[[], list[Any]]] = {}
        self._names = dict(known)
        self._own = own
        self._counted = counted
        self._shared = set(known)
        self._nodes: list[Node] = []
        self._quiet: Quiet | None = None
        self._restless: list[Node] = []

    def name(self, value: Any) -> str:
        """Return the name under which something was found."""
        return self._names.get(id(value), "a parameter")

    def sort(self) -> None:
        """Put what counts in the order of its names."""
        self.tensors = {name: self.tensors[name] for name in sorted(self.tensors)}
        self.numbers = {name: self.numbers[name] for name in sorted(self.numbers)}
        self.buffers = {name: self.buffers[name] for name in sorted(self.buffers)}

    def refresh(self) -> bool:
        """Read everything again; return False where the structure is another one: walk anew."""
        if self._quiet and self._quiet.stands():
            return all(map(self._same, self._restless))
        if not all(map(self._same, self._nodes)):
            return False
        self._restless = [node for node in self._nodes if node.restless]
        self._quiet = Quiet([node for node in self._nodes if not node.restless])
        return True

    def _same(self, node: Node) -> bool:
        now, before = node.read(), node.values
        if len(now) != len(before):
            return False
        if all(map(operator.is_, now, before)):
            return True
        for place, old, new in zip(node.places, before, now, strict=True):
            if old is not new and not (place and self._replaced(place, old, new)):
                return False
        node.values, node.restless = now, True
        return True

    def _replaced(self, place: Place, old: Any, new: Any) -> bool:
        """Put a new value in the place of one of its kind; return False where it is no such."""
        assert place is not None  # noqa: S101 (for the type checker)
        kind, name = place
        if kind in ("any", "inert"):
            return kind == "any" or type(new) in INERT
        if kind == "tensors":
            if not issubclass(type(new), Tensor | np.ndarray) or not self._alone(old, new):
                return False
            self._names[id(new)] = self._names.pop(id(old))
            self.tensors[name] = new
            return True
        if not is_number(new):
            return False
        if kind == "loose":
            self.changed.add(name)
        getattr(self, kind)[name] = new
        return True

    def _alone(self, old: Any, new: Any) -> bool:
        """Whether neither is reached by another way, so that the first name stays the first."""
        odd = new.is_meta if isinstance(new, Tensor) else new.dtype.hasobject
        odd = odd or bool(getattr(new, "__dict__", None))
        return id(old) not in self._shared and id(new) not in self._names and not odd
