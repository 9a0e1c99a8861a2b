"""What TensorBoard's event files hold, by tag and step, without the clock.

Such a file is a row of records (TFRecord): a length, uint64, its CRC, the bytes, their CRC, both
uint32, all of them little-endian. The bytes are an `Event` of TensorFlow's `event.proto` in the
wire format of Protocol Buffers: field 1 is the wall time, 2 the step, 5 a `Summary`, whose values
(field 1) have their tag in field 1. The CRCs are not held against the bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

NAME = ".tfevents."
"""What every event file has in its name."""
WALL_TIME, STEP, SUMMARY = 1, 2, 5
VALUE, TAG = 1, 1
LENGTH, CRC = 8, 4

Field = tuple[int, int | bytes, bytes]


def events(path: Path) -> dict[str, str]:
    """Return the SHA-256 of each event of a file without its wall time, by its tag and step.

    Raises `ValueError` for a file that is none, or that ends within a record.
    """
    found: dict[str, str] = {}
    for record in _records(path.read_bytes()):
        name, content = _event(record)
        number = 1
        while (numbered := f"{name} ({number})" if number > 1 else name) in found:
            number += 1
        found[numbered] = hashlib.sha256(content).hexdigest()
    return found


def _records(content: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(content):
        size = int.from_bytes(content[at : at + LENGTH], "little")
        begin = at + LENGTH + CRC
        at = begin + size + CRC
        if at > len(content):
            raise ValueError("it ends within a record")
        yield content[begin : begin + size]


def _event(record: bytes) -> tuple[str, bytes]:
    """Return what an event is called, and its bytes without the wall time."""
    fields = [*_fields(record)]
    step = next((value for number, value, _ in fields if number == STEP), 0)
    name = f"step {step!r}"
    for number, summary, _ in fields:
        if number == SUMMARY and isinstance(summary, bytes):
            name = ", ".join([*_tags(summary), name])
    return name, b"".join(whole for number, _, whole in fields if number != WALL_TIME)


def _tags(summary: bytes) -> Iterator[str]:
    for number, value, _ in _fields(summary):
        if number == VALUE and isinstance(value, bytes):
            tags = (tag for field, tag, _ in _fields(value) if field == TAG)
            yield from (tag.decode() for tag in tags if isinstance(tag, bytes))


def _fields(message: bytes) -> Iterator[Field]:
    """Yield the fields of a message: number, value, and the whole field as it stands."""
    at = 0
    while at < len(message):
        start = at
        key, at = _varint(message, at)
        value: int | bytes
        if key & 7 == 0:
            value, at = _varint(message, at)
        else:
            size = {1: 8, 5: 4}.get(key & 7, -1)
            if key & 7 == 2:
                size, at = _varint(message, at)
            value, at = message[at : at + size], at + size
            if size < 0 or at > len(message):
                raise ValueError("not a message")
        yield key >> 3, value, message[start:at]


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Return the number that starts at `at`, seven bits a byte, and where it ends."""
    value = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise ValueError("not a message")
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
