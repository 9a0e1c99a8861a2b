"""What archives and compressed files hold, without when it was put in. Nothing goes to disk."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
import zipfile
from pathlib import Path
from typing import Any

TARRED = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
"""How the names of archives end that `tar` makes."""
MOST = 2 * 2**30
"""Bytes that a tar archive may hold and be taken apart."""

Parts = dict[str, str] | None


def readable(name: str) -> str:
    """Return a name of whatever bytes as text."""
    return os.fsencode(name).decode(errors="backslashreplace")


def sha256(*values: bytes) -> str:
    """Return the SHA-256 over some values, each with its length."""
    digest = hashlib.sha256()
    for value in values:
        digest.update(len(value).to_bytes(8, "little") + value)
    return digest.hexdigest()


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return pairs as a dict; raise `ValueError` where one would hide another."""
    named = dict(pairs)
    if len(named) < len(pairs):
        raise ValueError("two values of one name")
    return named


def members(path: Path) -> Parts:
    """Take an archive apart: its files by name, not when they were put in."""
    with zipfile.ZipFile(path) as archive:
        return unique([(name, sha256(archive.read(name))) for name in archive.namelist()])


def tarred(path: Path) -> Parts:
    """Take apart what `tar` made, compressed or not: what its members hold, or where they link to.

    Nothing is unpacked to disk, no link is followed; raises `ValueError` where it holds too much.
    """
    pairs, size = [], 0
    with tarfile.open(path) as archive:
        for member in archive:
            size += member.size
            if size > MOST:
                raise ValueError("it holds too much")
            file: Any = archive.extractfile(member) if member.isreg() else None
            content = hashlib.file_digest(file, "sha256").digest() if file else b""
            about = member.type, os.fsencode(member.linkname), content
            pairs.append((readable(member.name), sha256(*about)))
    return unique(pairs)


def unpacked(path: Path) -> Parts:
    """Take a compressed file as what it holds: its head has the time."""
    with gzip.open(path) as file:
        return {"content": hashlib.file_digest(file, "sha256").hexdigest()}
