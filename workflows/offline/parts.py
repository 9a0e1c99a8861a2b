"""Archives in parts that are small enough to travel, and their sums. Standard library only."""

from __future__ import annotations

import re
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path

from workflows.common import sums
from workflows.common.errors import UserError
from workflows.common.sums import SUMS

MB = 10**6
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PART = re.compile(r"(?P<archive>.+)\.\d{2,}")
_CHUNK = 1 << 20


def cut(path: Path, size: int) -> list[Path]:
    """Cut a file into `path`.00, `path`.01, … of at most `size` bytes, and remove it."""
    made: list[Path] = []
    with path.open("rb") as whole:
        while (left := path.stat().st_size - whole.tell()) or not made:
            made.append(path.with_name(f"{path.name}.{len(made):02}"))
            with made[-1].open("wb") as part:
                left = min(left, size)
                while left:
                    chunk = whole.read(min(left, _CHUNK))
                    part.write(chunk)
                    left -= len(chunk)
    path.unlink()
    return made


def write_sums(folder: Path, names: Iterable[str]) -> None:
    """Write the sums of files of a folder, in the form that `sha256sum --check` reads."""
    (folder / SUMS).write_text(sums.listed(folder, names), encoding="utf-8")


def read_sums(folder: Path) -> dict[str, str]:
    """Return the sum of each file that a folder's list names; raise `UserError` for no such list.

    A name is a plain file's in that folder: no path, no hidden file.
    """
    path = folder / SUMS
    try:
        found = sums.read(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; bring it with the parts") from None
    except ValueError as error:
        raise UserError(f"{path}: {error}; bring it again") from None
    if strange := [name for name in found if not _PLAIN_NAME.fullmatch(name)]:
        raise UserError(f"{path}: {strange[0][:80]!r}: expected a plain file's name")
    return found


def check(path: Path, expected: str) -> None:
    """Raise `UserError` where a file is not the one that the list of sums names."""
    if (actual := sums.sha256(path)) != expected:
        raise UserError(
            f"{path}: sha256 {actual}, expected {expected}: "
            "damaged, or of another pack; bring it again"
        )


def archives(named: dict[str, str]) -> dict[str, list[str]]:
    """Return the parts of each archive, in order; raise `UserError` where the list lacks one."""
    found: dict[str, list[str]] = {}
    for name in named:
        if part := _PART.fullmatch(name):
            found.setdefault(part["archive"], []).append(name)
    for archive, names in found.items():
        wanted = [f"{archive}.{number:02}" for number in range(len(names))]
        if missing := [name for name in wanted if name not in names]:
            raise UserError(f"{SUMS}: names no {missing[0]}; bring it again")
    return {
        archive: [f"{archive}.{number:02}" for number in range(len(names))]
        for archive, names in found.items()
    }


def join(folder: Path, names: Iterable[str], target: Path) -> None:
    """Write the parts of one archive, one after the other, as `target`."""
    with target.open("wb") as whole:
        for name in names:
            with (folder / name).open("rb") as part:
                shutil.copyfileobj(part, whole, _CHUNK)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a tar into a folder: plain files and folders, nothing outside of it.

    Times are those of the unpacking. Raises `UserError` for what is no such archive.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter=_plain)  # noqa: S202 - filtered
    except (tarfile.TarError, OSError, EOFError) as error:
        raise UserError(f"{archive}: cannot be unpacked: {error}; bring it again") from None


def _plain(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    found = tarfile.data_filter(member, folder)
    return found.replace(mtime=None, deep=False) if found else None  # type: ignore[arg-type]
