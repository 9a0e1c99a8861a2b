"""A publication from anybody, opened with care: nothing outside its folder, nothing too large.

Every name is checked before a byte is written, every byte is counted while it is unpacked (what
the zip says of its sizes is not believed), and nothing in it is ever executed.
"""

from __future__ import annotations

import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from workflows.common.errors import UserError
from workflows.publication.archive import files

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*(/[A-Za-z0-9][A-Za-z0-9._+-]*)*")
HIDDEN = {".zenodo.json"}
"""Names that begin with a dot, as those who read them want it."""
FILES, ONE, ALL = 100_000, 64 * 2**20, 4 * 2**30
"""At most so many files, bytes in one, and bytes in all."""

_CHUNK = 2**20


def check_names(names: Iterable[str], what: str) -> None:
    """Refuse names that could leave the folder, hide, or stand for two files on some system."""
    seen: set[str] = set()
    for count, name in enumerate(names, 1):
        if (name not in HIDDEN and not NAME.fullmatch(name)) or len(name) > 400:
            raise UserError(f"{what}: {name!r} is no name that a publication may hold; refused")
        if name.lower() in seen:
            raise UserError(f"{what}: {name!r} is in it twice; refused")
        if count > FILES:
            raise UserError(f"{what}: holds more than {FILES} files; refused")
        seen.add(name.lower())


def unpack(source: Path, folder: Path) -> None:
    """Copy a publication (a zip, or a folder) into `folder`, made anew.

    Raises `UserError`, and leaves nothing, where it is none or breaks a limit.
    """
    own, given = folder.resolve(), source.resolve()
    if own == given or own in given.parents or given in own.parents:
        raise UserError(f"{source}: lies where it would be unpacked ({folder}); move it")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        if source.is_dir():
            _copy(source, folder)
        elif source.is_file():
            _unzip(source, folder)
        else:
            raise UserError(f"{source}: no such file or folder; name a publication")
    except UserError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _copy(source: Path, folder: Path) -> None:
    for path in source.rglob("*"):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            name = path.relative_to(source).as_posix()
            raise UserError(f"{source}: {name!r} is a link or no plain file; refused")
    names = files(source)
    check_names(names, str(source))
    total = 0
    for name in names:
        size = (source / name).stat().st_size
        total += size
        _limit(source, name, size, total)
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target)


def _unzip(source: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            check_names([entry.filename for entry in entries], str(source))
            total = 0
            for entry in entries:
                kind = stat.S_IFMT(entry.external_attr >> 16)
                if kind not in (0, stat.S_IFREG):
                    raise UserError(f"{source}: {entry.filename!r} is no plain file; refused")
                if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    # Others are unpacked whole before a byte can be counted.
                    raise UserError(f"{source}: {entry.filename!r} is packed in a strange way")
                total += _extract(archive, entry, source, folder, total)
    except (zipfile.BadZipFile, RuntimeError, OSError, EOFError, ValueError, zlib.error) as error:
        raise UserError(f"{source}: not a zip that can be read ({error}); get it again") from None


def _extract(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, source: Path, folder: Path, total: int
) -> int:
    """Write one entry, counting its bytes as they come; return how many."""
    target = folder / entry.filename
    target.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with archive.open(entry) as packed, target.open("xb") as file:
        while chunk := packed.read(_CHUNK):
            size += len(chunk)
            _limit(source, entry.filename, size, total + size)
            file.write(chunk)
    return size


def _limit(source: Path, name: str, size: int, total: int) -> None:
    if size > ONE:
        raise UserError(f"{source}: {name!r} unpacks to more than {ONE // 2**20} MiB; refused")
    if total > ALL:
        raise UserError(f"{source}: unpacks to more than {ALL // 2**30} GiB; refused")
