"""Where a program takes a folder's files in the order in which the folder lists them.

That order is the file system's: the same on one disk, another on the next. Heard by Python's audit
events, which change nothing.
"""

from __future__ import annotations

import linecache
import sys
from typing import Any

from benchmarks.frames import call_text, nearest, place

THROUGH = ("glob.py", "pathlib.py", "_local.py", "_abc.py", "os.py", "<frozen os>", "fnmatch.py")
"""Files of Python that may lie between the program and the folder whose files it asks for."""
SORTED = ("sorted(", ".sort(", "len(", "set(")
"""In a line that does not take the order as it comes."""
MOST = 20


class Listed:
    """Hears every folder that is listed; `found`: the calls and their places, in their order."""

    def __init__(self) -> None:
        """Hear nothing yet."""
        self.found: dict[str, None] = {}

    def listen(self) -> None:
        """Begin; an audit hook stays as long as its process."""
        sys.addaudithook(self._hear)

    def _hear(self, event: str, _args: tuple[Any, ...]) -> None:
        if event not in ("os.listdir", "os.scandir") or len(self.found) == MOST:
            return
        own = nearest(sys._getframe(1), THROUGH)
        if own is None:
            return
        line = linecache.getline(own.f_code.co_filename, own.f_lineno)
        if not any(word in line for word in SORTED):
            self.found[f"{call_text(own)} ({place(own.f_code, own.f_lineno)})"] = None
