"""The content digest: what a file system holds, without when it was written."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import tarfile
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, cast

from workflows.common import files
from workflows.common.errors import UserError
from workflows.common.paths import cache
from workflows.common.sums import sha256

# What an engine puts into every container, whatever the image holds.
INJECTED = frozenset(
    {"dev", "proc", "sys", ".dockerenv", "run/.containerenv"}
    | {f"etc/{name}" for name in ("hosts", "hostname", "resolv.conf", "mtab")}
)
_SPECIAL = {tarfile.CHRTYPE: "character", tarfile.BLKTYPE: "block", tarfile.FIFOTYPE: "fifo"}


@dataclass(frozen=True)
class Contents:
    """Every entry of a file system: its path, and its type with mode and hash or target."""

    entries: Mapping[str, str]

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all entries, in the order of their paths."""
        return files.digest(dict(self.entries))

    def keep(self) -> None:
        """Keep the list of entries in the cache, under its digest."""
        path = _list(self.digest)
        if not path.exists():
            files.write_json(path, dict(sorted(self.entries.items())))

    @classmethod
    def kept(cls, digest: str) -> Contents | None:
        """Return the contents that were kept under a digest, or None."""
        path = _list(digest)
        return cls(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def _list(digest: str) -> Path:
    return cache("contents") / f"{digest}.json"


def of_tar(stream: BinaryIO) -> Contents:
    """Read the contents of a tar stream, such as `docker export` gives."""
    entries: dict[str, str] = {}
    _lay(stream, entries)
    return Contents(entries)


def of_archive(path: Path) -> Contents:
    """Read what an archive of an image (`docker save`) holds, with no container engine.

    Raises `UserError` where the file is no such archive.
    """
    entries: dict[str, str] = {}
    try:
        with tarfile.open(path) as archive:
            (image,) = json.loads(_inside(archive, "manifest.json").read())
            for layer in image["Layers"]:
                _lay(_inside(archive, layer), entries)
    except (OSError, tarfile.TarError, ValueError, KeyError, TypeError, EOFError) as error:
        raise UserError(
            f"{path}: no archive of one image, as docker save writes: {error}"
        ) from None
    return Contents(entries)


def _inside(archive: tarfile.TarFile, name: str) -> BinaryIO:
    file = archive.extractfile(name)
    if file is None:
        raise ValueError(f"{name} is no file in it")
    return cast(BinaryIO, file)


def _lay(stream: BinaryIO, entries: dict[str, str]) -> None:
    """Lay a tar over `entries`, as the layers of an image lie over each other (OCI)."""
    with tarfile.open(fileobj=stream, mode="r|*", bufsize=1 << 20) as archive:
        for member in archive:
            path = _text(member.name.removeprefix("./").strip("/"))
            folder, _, name = path.rpartition("/")
            if name == ".wh..wh..opq":  # hides all that lower layers have in the folder
                _hide(folder, entries)
            elif name.startswith(".wh."):
                hidden = f"{folder}/{name[4:]}".lstrip("/")
                entries.pop(hidden, None)
                _hide(hidden, entries)
            elif path not in ("", ".") and not _within(path, INJECTED):
                described = _member(archive, member, entries)
                if entries.get(path, "").startswith("folder") and not member.isdir():
                    _hide(path, entries)
                entries[path] = described


def _hide(folder: str, entries: dict[str, str]) -> None:
    """Forget what lies below a folder."""
    for path in [path for path in entries if path.startswith(f"{folder}/") or not folder]:
        del entries[path]


def differences(first: Contents, second: Contents, limit: int = 5) -> list[str]:
    """Return the first `limit` entries that differ, one line each; empty when all are equal."""
    paths = sorted(first.entries.keys() | second.entries.keys())
    pairs = ((path, first.entries.get(path), second.entries.get(path)) for path in paths)
    unequal = [f"{path}: {a or 'absent'} | {b or 'absent'}" for path, a, b in pairs if a != b]
    return unequal[:limit]


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo, seen: Mapping[str, str]) -> str:
    """Describe one entry of an archive; a hard link is the file it names, which came before."""
    if member.islnk():
        target = _text(member.linkname.removeprefix("./").strip("/"))
        return seen.get(target, f"hard link {target}")
    if member.issym():
        return f"link {_text(member.linkname)}"
    if member.isdir():
        return f"folder {member.mode & 0o7777:04o}"
    if member.isreg() and (data := archive.extractfile(member)):
        content = hashlib.file_digest(cast(io.BufferedReader, data), "sha256").hexdigest()
        return f"file {member.mode & 0o7777:04o} {content}"
    return f"{_SPECIAL.get(member.type, 'special')} {member.mode & 0o7777:04o}"


def describe(path: Path) -> str:
    """Describe one entry of a folder, in the same words."""
    status = path.lstat()
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISLNK(status.st_mode):
        return f"link {_text(str(path.readlink()))}"
    if stat.S_ISDIR(status.st_mode):
        return f"folder {mode:04o}"
    if stat.S_ISREG(status.st_mode):
        return f"file {mode:04o} {sha256(path)}"
    return f"special {mode:04o}"


def of_folder(
    folder: Path,
    without: Container[str] = frozenset(),
    described: Callable[[Path], str] = describe,
) -> Contents:
    """Read the contents of a folder, less the paths in `without` and all that is below them."""
    return Contents({_text(path): described(folder / path) for path in _walk(folder, "", without)})


def _walk(folder: Path, prefix: str, without: Container[str]) -> Iterator[str]:
    with os.scandir(folder / prefix) as found:
        for entry in found:
            path = f"{prefix}{entry.name}"
            if path in without:
                continue
            yield path
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(folder, f"{path}/", without)


def _within(path: str, folders: Container[str]) -> bool:
    return path in folders or path.partition("/")[0] in folders


def _text(path: str) -> str:
    """Return a path that is valid UTF-8, whatever its bytes."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
