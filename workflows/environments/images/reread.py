"""A folder read again: a file that the system says is untouched since is not hashed anew.

As Git's index does it. A file's time of change is the kernel's; no program sets it.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path

from workflows.common import files
from workflows.environments.images.contents import describe

RACY = 2_000_000_000
"""Nanoseconds: what changed so shortly before it was read may change again at the same time."""

Signs = tuple[int, ...]
"""Inode, type and mode, size, time of modification, time of change; times in nanoseconds."""


class Index:
    """What was found in a folder the last time, in a file of its own; `keep` writes it anew."""

    def __init__(self, path: Path) -> None:
        """Read what is there; nothing is known where that is no index."""
        self._path, self._began = path, time.time_ns()
        self._known: dict[str, tuple[Signs, str]] = {}
        self._found: dict[str, tuple[Signs, str]] = {}
        with suppress(OSError, ValueError, TypeError, AttributeError):
            said = json.loads(path.read_text(encoding="utf-8"))
            self._known = {name: (tuple(signs), words) for name, (signs, words) in said.items()}

    def describe(self, path: Path) -> str:
        """Describe an entry as `contents.describe` does, by what is known of an untouched one."""
        status = path.lstat()
        times = status.st_mtime_ns, status.st_ctime_ns
        signs = status.st_ino, status.st_mode, status.st_size, *times
        last, words = self._known.get(str(path), (None, ""))
        words = words if last == signs else describe(path)
        if max(times) < self._began - RACY:
            self._found[str(path)] = signs, words
        return words

    def keep(self) -> None:
        """Leave what was found for the next time; where that cannot be written, all is hashed."""
        if self._found != self._known:
            with suppress(OSError):
                files.write_text(self._path, json.dumps(self._found))
