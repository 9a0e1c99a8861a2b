"""What a file or a folder of anybody's holds: the digest of all of it, as `sha256sum` says it.

A file's digest is what `sha256sum` says of it. A folder's is that of the lines which `sha256sum`
says of its files, in the order of the bytes of their names:

    (cd mine && find -L . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from workflows.common.errors import UserError

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Found:
    """What lies at a path: its SHA-256, and that of each file by its name below the path."""

    sha256: str
    files: Mapping[str, str]
    bytes: int


def look(path: Path, target: Path | None = None) -> Found:
    """Read what lies at `path`, and copy it below the folder `target` while it is read.

    Raises `UserError` where nothing does, or where a part is neither a plain file nor a folder.
    """
    files = dict(sorted(_files(path), key=lambda item: os.fsencode(item[0])))
    if not files:
        raise UserError(f"{path}: holds no file; name the folder that does")
    sums, size = {}, 0
    for name, source in files.items():
        sums[name], count = _read(source, target / name if target else None)
        size += count
    lines = "".join(f"{each}  ./{name}\n" for name, each in sums.items())
    whole = hashlib.sha256(lines.encode()).hexdigest() if path.is_dir() else sums[path.name]
    return Found(whole, sums, size)


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    """Yield each file with its name below `path`; links to files are followed."""
    if path.is_file():
        yield _plain(path.name, path), path
        return
    if not path.is_dir():
        raise UserError(f"{path}: no such file or folder; correct the path")
    for folder, folders, names in os.walk(path, onerror=_refuse):
        for each in folders:
            if (Path(folder) / each).is_symlink():
                raise UserError(f"{Path(folder) / each}: a link to a folder; put the folder there")
        for each in names:
            file = Path(folder) / each
            if not file.is_file():
                raise UserError(f"{file}: no plain file; take it out, or what its link names")
            yield _plain(file.relative_to(path).as_posix(), file), file


def _refuse(error: OSError) -> None:
    raise error


def _plain(name: str, path: Path) -> str:
    """Return a name that `sha256sum` writes as it is; raise `UserError` for any other."""
    try:
        plain = not set(name.encode().decode()) & {"\\", "\n", "\r"}
    except UnicodeEncodeError:
        plain = False
    if not plain:
        raise UserError(f"{os.fsencode(path)!r}: expected a name in UTF-8 without \\; rename it")
    return name


def _read(source: Path, target: Path | None) -> tuple[str, int]:
    """Return the SHA-256 and the bytes of a file; copy it to `target`, where nobody may write."""
    found = hashlib.sha256()
    count = 0
    with source.open("rb") as file, _new(target or Path(os.devnull)) as copy:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
            copy.write(chunk)
            count += len(chunk)
    if target:
        target.chmod(0o444)
        times = source.stat()
        os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))
    return found.hexdigest(), count


def _new(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("wb")
