"""Two accounts of the same, field by field: the first place where they part, with both values."""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from typing import Any, NamedTuple

PRECISION = 1e-9
"""Relative: other versions of Python sum the same numbers to a last bit of their own."""
_NAMES = ("environment", "device", "benchmark", "configuration", "variation", "probe", "flipped")
_LENGTH = 100


class Unequal(NamedTuple):
    """Where, what is said there, what was made."""

    where: str
    said: Any
    made: Any

    def line(self, file: str, source: str) -> str:
        """Return it in one line: `FILE: WHERE: SAID, SOURCE say MADE`."""
        return f"{file}: {self.where}: {_short(self.said)}, {source} {_short(self.made)}"


def first_unequal(said: Any, made: Any, skip: Collection[str] = ()) -> Unequal | None:
    """Return where two values of JSON first part; keys in `skip` are passed over anywhere."""
    return _unequal("", said, made, skip)


def _unequal(where: str, said: Any, made: Any, skip: Collection[str]) -> Unequal | None:
    if isinstance(said, dict) and isinstance(made, dict):
        for key in [*made, *(key for key in said if key not in made)]:
            if key in skip:
                continue
            place = f"{where}: {key}" if where else key
            if found := _unequal(place, said.get(key), made.get(key), skip):
                return found
        return None
    if isinstance(said, list) and isinstance(made, list) and _named(said) and _named(made):
        return _unequal_lists(where, said, made, skip)
    if isinstance(said, float) and isinstance(made, float):
        close = math.isclose(said, made, rel_tol=PRECISION, abs_tol=0)
        return None if close or said == made else Unequal(where, said, made)
    same = type(said) is type(made) and said == made
    return None if same else Unequal(where, said, made)


def _unequal_lists(where: str, said: list[Any], made: list[Any], skip: Any) -> Unequal | None:
    """Hold lists of things with names against each other: first the names, then the things."""
    ours, theirs = [_name(each) for each in made], [_name(each) for each in said]
    for name in (name for name in theirs if theirs.count(name) > ours.count(name)):
        times = "once" if name in ours else "nothing of it"
        return Unequal(f"{where}[{name}]", _times(theirs.count(name)), times)
    for name in (name for name in ours if name not in theirs):
        return Unequal(f"{where}[{name}]", "is not in it", "it is")
    if ours != theirs:
        return Unequal(where, theirs, ours)
    for name, x, y in zip(ours, said, made, strict=True):
        if found := _unequal(f"{where}[{name}]", x, y, skip):
            return found
    return None


def _times(count: int) -> str:
    return "is in it" if count == 1 else f"is in it {count} times"


def _named(values: list[Any]) -> bool:
    return all(isinstance(value, dict) and _name(value) for value in values)


def _name(value: dict[str, Any]) -> str:
    return "/".join(str(value[key]) for key in _NAMES if key in value)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text or "nothing"
    return text if len(text) <= _LENGTH else f"{text[: _LENGTH - 1]}…"
