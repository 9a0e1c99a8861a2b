"""SHA-256 sums of files, as `sha256sum` writes and checks them. Standard library only."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

SUMS = "SHA256SUMS"
"""The list of the sums of a folder's files."""
_LINE = re.compile(r"(?P<sum>[0-9a-f]{64})  (?P<name>\S+)")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def listed(folder: Path, names: Iterable[str]) -> str:
    """Return the list of files of a folder, a line each, in the order of their names."""
    return "".join(f"{sha256(folder / name)}  {name}\n" for name in sorted(names))


def read(text: str) -> dict[str, str]:
    """Return the sum of each name in a list; raise `ValueError` with the first line that is none.

    The names are as they were written: whoever opens one says what it may be.
    """
    found = {}
    for line in text.splitlines():
        entry = _LINE.fullmatch(line)
        if not entry:
            raise ValueError(f"{line[:80]!r} is not a sum and a name")
        found[entry["name"]] = entry["sum"]
    return found
