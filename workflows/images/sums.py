"""Large files beside their checksums: written once, checked once on each node that uses them."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workflows import files
from workflows.errors import UserError


def sum_of(path: Path) -> Path:
    """Return the file that holds a file's checksum."""
    return path.with_name(f"{path.name}.sha256")


def write(path: Path) -> None:
    """Write a file's SHA-256 beside it, as `sha256sum --check` reads it."""
    files.write_text(sum_of(path), f"{files.sha256(path)}  {path.name}\n")


def check(path: Path) -> None:
    """Raise `UserError` unless a file is what its checksum says.

    Remembered on this node for as long as the file's size and time stay: gigabytes need seconds.
    """
    try:
        status = path.stat()
        expected = sum_of(path).read_text(encoding="utf-8").split()[0]
    except (OSError, IndexError) as error:
        raise UserError(f"{path}: cannot be checked: {error}") from None
    seen = f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}-{expected}"
    memory = _node(f"checked-{files.digest(str(path.resolve()))[:16]}")
    if memory.exists() and memory.read_text(encoding="utf-8") == seen:
        return
    if (found := files.sha256(path)) != expected:
        raise UserError(
            f"{path}: SHA-256 {found[:16]}…, but {sum_of(path).name} says {expected[:16]}…: "
            "damaged or replaced; make it again"
        )
    files.write_text(memory, seen)


@contextmanager
def alone_on_node(name: str) -> Iterator[None]:
    """Hold a lock of this node and user; it is the kernel's and ends with the process."""
    path = _node(f"{name}.lock")
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _node(name: str) -> Path:
    """Return a path in a folder of this node that only this user can write to."""
    folder = Path(tempfile.gettempdir()) / f"reprise-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise UserError(f"{folder}: belongs to somebody else; remove it, or set TMPDIR")
    return folder / name
