"""What a benchmark prints, kept for the record."""

from __future__ import annotations

import io
from typing import TextIO


class Tee(io.TextIOBase):
    """Passes what a benchmark prints on to the real standard output, and keeps it in `text`."""

    def __init__(self, stream: TextIO) -> None:
        """Write through to `stream`."""
        self._stream = stream
        self._parts: list[str] = []

    def write(self, text: str) -> int:
        """Write `text` to both."""
        try:
            self._stream.write(text)
        except UnicodeEncodeError:  # the record has it; passing it on must not end the program
            self._stream.write(text.encode("ascii", "backslashreplace").decode())
        self._stream.flush()
        self._parts.append(text)
        return len(text)

    @property
    def text(self) -> str:
        """All that was printed so far."""
        return "".join(self._parts)

    @text.setter
    def text(self, text: str) -> None:
        self._parts = [text]

    @property
    def lines(self) -> list[str]:
        r"""The lines of it; after one that was not ended at the end stands "\n", which none is."""
        *lines, rest = self.text.split("\n")
        return [*lines, rest, "\n"] if rest else lines
