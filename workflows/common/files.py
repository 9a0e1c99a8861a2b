"""Small file helpers: every file appears whole or not at all."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it over `path` if the block succeeds.

    The file has the mode that the caller's umask gives to every new one. An `OSError` that names
    no file, or the temporary one, names `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        temporary.touch(exist_ok=False)
        mode = temporary.stat().st_mode
        yield temporary
        temporary.chmod(mode)  # what wrote it may have made it anew
        temporary.replace(path)
    except OSError as error:
        if error.filename in (None, temporary, str(temporary)):
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` atomically, in UTF-8."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def as_json(value: Any) -> str:
    """Return `value` as indented JSON that ends in a newline."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` atomically, as indented JSON."""
    write_text(path, as_json(value))


def sealed(value: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON object with `sum`, the digest of all its other fields."""
    value = {name: each for name, each in value.items() if name != "sum"}
    return value | {"sum": digest(value)}


def fits(content: bytes) -> bool:
    """Say whether a JSON object is what its own sum says, or has none."""
    value = json.loads(content)
    return value.get("sum") is None or value == sealed(value)


def digest(value: Any) -> str:
    """Return the SHA-256 of `value` written as canonical JSON (sorted keys, no spaces)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
