"""Ways to damage a file, by a seeded generator: its bits, its ranges, the values of its JSON."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any


def flip(random: Random, content: bytes) -> bytes:
    """Flip one to three bits."""
    changed = bytearray(content)
    for _ in range(random.randint(1, 3)):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def cut(random: Random, content: bytes) -> bytes:
    """Leave the first bytes."""
    return content[: random.randrange(len(content))]


def between(random: Random, content: bytes) -> tuple[int, int]:
    """Return a range of bytes."""
    start = random.randrange(len(content))
    return start, min(len(content), start + random.randint(1, 400))


def zero(random: Random, content: bytes) -> bytes:
    """Zero a range."""
    start, end = between(random, content)
    return content[:start] + bytes(end - start) + content[end:]


def twice(random: Random, content: bytes) -> bytes:
    """Write a range twice."""
    start, end = between(random, content)
    return content[:end] + content[start:]


def noise(random: Random, content: bytes) -> bytes:
    """Write random bytes instead of all, or of a range."""
    if random.random() < 0.3:
        return random.randbytes(random.randint(1, 3000))
    start, end = between(random, content)
    return content[:start] + random.randbytes(end - start) + content[end:]


def empty(_random: Random, _content: bytes) -> bytes:
    """Leave nothing."""
    return b""


BYTES = [flip, flip, cut, zero, twice, noise, empty]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Give every container in a value, with each of its keys or indices."""
    keys = value if isinstance(value, dict) else range(len(value))
    for key in list(keys):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def other(random: Random, value: Any) -> Any:
    """Return another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + random.choice([-1, 1, 1000, 2**70])
    if isinstance(value, float):
        return random.choice([value + 1, -value, value * (1 + 2**-40), float("nan"), float("inf")])
    if isinstance(value, str):
        return random.choice([value + "x", value[::-1], "", "\x00\x1b[2J\n", "identical", "é" * 99])
    return type(value)()


def wrong(random: Random, value: Any) -> Any:
    """Return a value of another type."""
    kinds: list[Any] = [None, True, 7, -0.5, "text", "\ud800", [], {}, [[1]], {"a": {"b": None}}]
    return random.choice([each for each in kinds if type(each) is not type(value)])


def changed(random: Random, content: bytes) -> bytes:
    """Change one value of a JSON file, or remove one of its keys."""
    value = json.loads(content)
    part = random.choice(list(value))  # first a part, so that a large one does not have them all
    inside = value[part] if isinstance(value[part], dict | list) else {}
    where, key = random.choice([(value, part), *places(inside)])
    how = random.choice(["delete", "other", "other", "wrong", "deep"])
    if how == "delete":
        del where[key]
    elif how == "deep":
        where[key] = "HERE"
    else:
        where[key] = (other if how == "other" else wrong)(random, where[key])
    depth = random.choice([50, 300, 100_000])
    return json.dumps(value).replace('"HERE"', "[" * depth + "]" * depth).encode()


def damage(random: Random, path: Path, alike: list[Path]) -> str:
    """Damage one file; return how."""
    if random.random() < 0.06:
        path.unlink()
        path.mkdir()
        return "a folder in its place"
    if random.random() < 0.08 and alike:
        shutil.copyfile(random.choice(alike), path)
        return "another in its place"
    content = path.read_bytes()
    if path.suffix == ".json" and random.random() < 0.6:
        done = changed(random, content)
    else:
        done = random.choice(BYTES)(random, content)
    path.write_bytes(done)
    return "the same" if done == content else "damaged"
