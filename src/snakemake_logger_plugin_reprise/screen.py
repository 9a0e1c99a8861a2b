"""Lines that stay, and on a terminal one below them that lives."""

from __future__ import annotations

import os
import threading
from typing import TextIO

from .words import Line

CLEAR = "\r\x1b[J"
"""Takes away all from here to the screen's end."""


class Screen:
    """Writes to a stream; one lock for all that do."""

    def __init__(self, stream: TextIO) -> None:
        """Look whether it is a terminal that can move its cursor."""
        self.stream = stream
        self.live = stream.isatty() and os.environ.get("TERM") != "dumb"
        self.lock = threading.RLock()
        self._drawn = False

    @property
    def width(self) -> int | None:
        """Columns of the terminal now, less one for the cursor; None: any."""
        if not self.live:
            return None
        try:
            columns = os.get_terminal_size(self.stream.fileno()).columns
        except OSError:
            columns = 0
        return (columns or 80) - 1

    def say(self, text: str) -> None:
        """Write lines that stay."""
        with self.lock:
            self._write(self._clear() + text + "\n")

    def draw(self, line: Line | None) -> None:
        """Show a line that lives instead of the last one; None: none.

        It stands a row below the cursor, so that what a job writes by itself goes above it.
        """
        if not self.live:
            return
        with self.lock:
            if line is None:
                self._write(self._clear())
                return
            self._write(f"{CLEAR}\n{line.fitted(self.width)}\x1b[A\r")
            self._drawn = True

    def _clear(self) -> str:
        drawn, self._drawn = self._drawn, False
        return CLEAR if drawn else ""

    def _write(self, text: str) -> None:
        try:
            self.stream.write(text)
            self.stream.flush()
        except (OSError, ValueError):  # nobody listens any more: the experiment goes on
            pass
