"""Locks between processes. The kernel holds them: each ends with its process. Stdlib only."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workflows.common.errors import UserError


@contextmanager
def mutex(path: Path, busy: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock of a folder, or of a file that is made if need be.

    Where another process holds it, `busy` is called first; unless that raises, wait.
    """
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT
    handle = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if busy:
                busy()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def on_node(name: str) -> Path:
    """Return a path in a folder of this node that only this user can write to."""
    folder = Path(tempfile.gettempdir()) / f"reprise-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise UserError(f"{folder}: belongs to somebody else; remove it, or set TMPDIR")
    return folder / name
