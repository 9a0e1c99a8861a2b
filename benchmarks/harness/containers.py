"""How a walk goes through Python's own containers, and remembers how they stood."""

from __future__ import annotations

import functools
from typing import Any

from benchmarks.harness.found import Found, Node, Place
from benchmarks.harness.program import FIXED
from benchmarks.harness.stored import (
    INERT,
    NUMBERS,
    SEQUENCES,
    Entry,
    Source,
    Stored,
    base_of,
    elements,
    newest,
)  # fmt: skip

TAIL = 64
"""Of a longer sequence only this many elements at its end are looked at: what comes in last."""


class Containers(Found):
    """Visits what containers hold; `visit` says what becomes of each value."""

    def visit(self, name: str, value: Any, level: int = 0, *, watched: bool = False) -> Place:
        """Look at a value and at what it holds."""
        raise NotImplementedError

    def put(self, group: dict[str, Any], name: str, value: Any) -> str:
        """Keep a value under a name that nothing else has; return it."""
        while name in group:
            name += "'"
        group[name] = value
        return name

    def count(self) -> int:
        """Return how much was found that counts."""
        found = self.tensors, self.numbers, self.buffers, self.generators, self.optimizers
        return sum(map(len, found))

    def children(self, stored: Stored, level: int) -> None:
        """Visit what a container stores."""
        node = Node(stored.source, [entry.value for entry in stored.entries])
        if type(stored.source) is not tuple:  # in which nothing can be replaced
            self._nodes.append(node)
        for i in dict.fromkeys((*stored.order, *range(len(stored.entries)))):
            name, value, watched = stored.entries[i]
            if name == FIXED:
                node.places[i] = None
            elif name is not None:
                node.places[i] = self.visit(name, value, level + 1, watched=watched)

    def mapping(self, name: str, found: dict[Any, Any], level: int, watched: bool = False) -> None:
        """Visit a dict: by its keys where they are texts, whose order may change by a reload."""
        items = list(dict.items(found))
        kinds = set(map(type, dict.values(found)))
        if len(items) > TAIL and kinds <= INERT | NUMBERS and not watched:
            self._newest(name, lambda: [*dict.values(found)][-1:], level)
            self.many[name] = lambda: [*dict.values(found)]
            return
        entries = [Entry(self._key(name, i, key), v, watched) for i, (key, v) in enumerate(items)]
        texts = all(type(key) is str for key, _ in items)
        order = sorted(range(len(items)), key=lambda i: items[i][0]) if texts else ()
        self.children(Stored(dict.values(found), entries, order), level)

    def _key(self, name: str, index: int, key: Any) -> str:
        """Return the name of what stands under a key, the same in every run: no address."""
        if type(key) is str:
            return f"{name}.{key}"
        if type(key) is bool or (type(key) is int and abs(key) < 2**20):
            return f"{name}[{key}]"
        return f"{name}[{self._names.get(id(key), f'#{index}')}]"

    def sequence(self, name: str, found: Any, level: int, watched: bool) -> None:
        """Visit a list, a tuple or a deque, by what its own class may not have changed."""
        if base_of(found).__len__(found) > TAIL:
            self._long(name, found, level, watched)
            return
        values = elements(found)
        if values and set(map(type, values)) <= INERT | NUMBERS and not watched:
            self._newest(name, newest(found, 1), level)
            self._others(name, found)
            return
        entries = [Entry(f"{name}[{i}]", one, watched) for i, one in enumerate(values)]
        plain = type(found) in SEQUENCES
        source = found if plain else functools.partial(elements, found)
        self.children(Stored(source, entries), level)

    def _newest(self, name: str, source: Source, level: int) -> None:
        """Of many values that do not count look at the newest alone: whether it is still one."""
        values = source() if callable(source) else source
        self.children(Stored(source, [Entry(name, value) for value in values]), level)

    def _others(self, name: str, found: Any) -> None:
        """Let all values be read at the end, but for those that nothing can replace."""
        if base_of(found) is not tuple:
            self.many[name] = functools.partial(elements, found)

    def _long(self, name: str, found: Any, level: int, watched: bool) -> None:
        nodes, count = len(self._nodes), self.count()
        begin, last = base_of(found).__len__(found) - TAIL, newest(found, TAIL)
        values = last() if callable(last) else last
        entries = [Entry(f"{name}[{begin + i}]", one, watched) for i, one in enumerate(values)]
        self.children(Stored(last, entries), level)
        if self.count() > count:
            self.left_out[f"{name}: only the last {TAIL} of its elements were looked at"] = None
        else:
            del self._nodes[nodes:]
            self._newest(name, newest(found, 1), level)
            self._others(name, found)
