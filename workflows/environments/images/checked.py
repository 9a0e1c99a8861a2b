"""Large files beside their checksums: written once, checked once on each node that uses them."""

from __future__ import annotations

from pathlib import Path

from workflows.common import files, sums
from workflows.common.errors import UserError
from workflows.common.mutex import on_node


def sum_of(path: Path) -> Path:
    """Return the file that holds a file's checksum."""
    return path.with_name(f"{path.name}.sha256")


def write(path: Path) -> None:
    """Write a file's SHA-256 beside it, as `sha256sum --check` reads it."""
    files.write_text(sum_of(path), sums.listed(path.parent, [path.name]))


def check(path: Path) -> None:
    """Raise `UserError` unless a file is what its checksum says.

    Remembered on this node for as long as the file's size and time stay: gigabytes need seconds.
    """
    try:
        status = path.stat()
        expected = sums.read(sum_of(path).read_text(encoding="utf-8"))[path.name]
    except (OSError, KeyError, ValueError) as error:
        raise UserError(f"{path}: cannot be checked: {error}; make it again") from None
    seen = f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}-{expected}"
    memory = on_node(f"checked-{files.digest(str(path.resolve()))[:16]}")
    if memory.exists() and memory.read_text(encoding="utf-8") == seen:
        return
    if (found := sums.sha256(path)) != expected:
        raise UserError(
            f"{path}: SHA-256 {found[:16]}…, but {sum_of(path).name} says {expected[:16]}…: "
            "damaged or replaced; make it again"
        )
    files.write_text(memory, seen)
