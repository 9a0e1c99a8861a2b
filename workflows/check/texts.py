"""Files of text, taken apart to the line or the cell, without what is noise."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from workflows.compare.noise import without
from workflows.runs.watched import FileLeft

MOST = 4 * 2**20
"""Bytes above which a text is compared as a whole."""

Part = tuple[str, str]


def with_texts(path: Path, file: FileLeft) -> FileLeft:
    """Return a file's description with the parts of its text, where it is one."""
    kind = path.suffix.lower().removeprefix(".")
    if file.size > MOST or file.nothing or (file.parts and kind not in READERS):
        return file
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError:
        return file
    if "\0" in text:
        return file
    try:
        found = [*READERS.get(kind, _lines)(text)]
    except (ValueError, csv.Error):
        found = [*_lines(text)]
    parts = {name: hashlib.sha256(value.encode()).hexdigest() for name, value in found}
    return file.model_copy(update={"kind": kind or "text", "parts": parts or None})


def part(path: Path, name: str) -> str | None:
    """Return what stands in a text file at the part of that name, as it was written."""
    kind = path.suffix.lower().removeprefix(".")
    try:
        text = path.read_bytes().decode()
        return dict(READERS.get(kind, _lines)(text, _as_written)).get(name)
    except (OSError, ValueError, csv.Error):
        return None


def _as_written(text: str) -> str:
    return text


def _plain(text: str) -> str:
    return without(text)[0]


Say = Callable[[str], str]


def _lines(text: str, say: Say = _plain) -> Iterator[Part]:
    for number, line in enumerate(text.splitlines(), 1):
        yield f"line {number}", say(line)


def _table(text: str, say: Say = _plain) -> Iterator[Part]:
    """Yield the cells of a table, each behind its column's name, which tells what is a duration."""
    rows = csv.reader(io.StringIO(text))
    heads = next(rows, [])
    yield "heads", ", ".join(heads)
    for row in rows:
        for index, cell in enumerate(row):
            head = heads[index] if index < len(heads) else str(index + 1)
            yield f"line {rows.line_num}, {head}", say(f"{head}: {cell}")


def _object(text: str, say: Say = _plain) -> Iterator[Part]:
    """Yield the values of a JSON text by where they stand, each behind its key."""
    yield from _values(json.loads(text), "", say)


def _values(value: Any, name: str, say: Say) -> Iterator[Part]:
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from _values(one, f"{name}.{key}".lstrip("."), say)
    elif isinstance(value, list) and value:
        for index, one in enumerate(value):
            yield from _values(one, f"{name}[{index}]", say)
    else:
        yield name or "content", say(f"{name.rpartition('.')[2]}: {json.dumps(value)}")


READERS: dict[str, Callable[..., Iterator[Part]]] = {
    "csv": _table, "json": _object, "txt": _lines, "log": _lines, "jsonl": _lines, "yaml": _lines,
}  # fmt: skip
