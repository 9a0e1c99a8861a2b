"""What a benchmark prints, by whatever way: the bytes of its two streams, and their lines."""

from __future__ import annotations

import codecs
import ctypes
import os
import re
import sys
from contextlib import suppress


class Printed:
    """Passes what comes out of one stream on to the real one, and keeps it."""

    def __init__(self, descriptor: int) -> None:
        """Write through to `descriptor`."""
        self._descriptor = descriptor
        self._kept = bytearray()
        self._marks: list[int] = []

    def take(self, content: bytes) -> None:
        """Pass `content` on at once; where nobody listens any more it is kept all the same."""
        self._kept += content
        rest = memoryview(content)
        with suppress(BrokenPipeError):
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]

    def mark(self) -> None:
        """Begin, or end, a part that does not count: what a resumed program prints once more."""
        self._marks.append(len(self._kept))

    @property
    def lines(self) -> list[str]:
        """The lines of what counts."""
        begin, end = self._marks if len(self._marks) > 1 else (0, 0)
        return lines(bytes(self._kept[:begin] + self._kept[end:]))


def lines(content: bytes) -> list[str]:
    r"""Return the lines of UTF-8 as a terminal shows them; bytes that are none are kept apart.

    After a last line that was not ended stands "\n", which no line is.
    """
    text = content.decode(errors="surrogateescape").replace("\r\n", "\n")
    *found, rest = [_shown(line) for line in text.split("\n")]
    return [*found, rest, "\n"] if rest else found


def _shown(line: str) -> str:
    """Return a line as it stands in the end: a carriage return goes back to its beginning.

    Of a word that is written over in part nothing stays: how long a rate was before is chance.
    """
    shown = ""
    for part in line.split("\r"):
        rest = shown[len(part) :]
        shown = part + (re.sub(r"^\S+", "", rest) if part[-1:].strip() else rest)
    return shown


def _spelled(error: UnicodeError) -> tuple[bytes, int]:
    """Encode halves of surrogate pairs, which UTF-8 has not: bytes that stand for themselves."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = b""
    for letter in error.object[error.start : error.end]:
        way = "surrogateescape" if "\udc80" <= letter <= "\udcff" else "surrogatepass"
        found += letter.encode(errors=way)
    return found, error.end


def prepare() -> None:
    """Let standard output take every text, and show each line when it is done."""
    codecs.register_error("spelled", _spelled)
    sys.stdout.reconfigure(encoding="utf-8", errors="spelled", line_buffering=True)  # type: ignore[union-attr]


def flush() -> None:
    """Send off what Python and C still hold back."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        with suppress(Exception):  # the program may have closed it, or put anything in its place
            stream.flush()  # type: ignore[union-attr]
    ctypes.CDLL(None).fflush(None)
