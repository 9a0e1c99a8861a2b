"""Sums and the zip: the same bytes each time from the same files."""

from __future__ import annotations

import zipfile
from pathlib import Path

from workflows.common.files import atomic, write_text
from workflows.common.sums import SUMS, listed
from workflows.publication.manifest import SIGNATURE

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold: it says nothing


def files(folder: Path) -> list[str]:
    """Return all files below a folder, as sorted relative names."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def write_sums(folder: Path) -> None:
    """Write SHA256SUMS over all files of a folder, in the form that `sha256sum --check` reads."""
    names = (name for name in files(folder) if name not in (SUMS, SIGNATURE))
    write_text(folder / SUMS, listed(folder, names))


def pack(folder: Path, target: Path) -> None:
    """Write all files of a folder as a zip; order, times and modes are fixed."""
    with (
        atomic(target) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
    ):
        for name in files(folder):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3  # Unix, wherever it is made
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, (folder / name).read_bytes())
