"""One's own data: a file or a folder, accepted by its digest alone, in a copy that runs read.

    python -m workflows.data.own --name mine --sha256 DIGEST [--source PATH] \\
        --manifest results/data/mine.json

The copy lies in the cache under its digest, so that no run can reach the original. The manifest
names no file and no path: it is published.
"""

from __future__ import annotations

import argparse
import json
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from workflows.common.errors import UserError, command
from workflows.common.files import write_json
from workflows.common.models import Model
from workflows.common.mutex import mutex
from workflows.common.paths import cache
from workflows.common.underway import say
from workflows.data.look import Found, look

SEAL = "reprise.json"
"""Beside a copy: its digest, and how each of its files stood when that was last found to hold."""


class Manifest(Model):
    """What is told of one's own data; neither their files nor where they lie."""

    schema_version: Literal[1] = 1
    dataset: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="see workflows/data/look.py")
    files: int
    bytes: int


def place(name: str, sha256: str) -> Path:
    """Return the folder that a run sees as its data; the copy lies in it under the data's name."""
    return cache("data") / f"{name}-{sha256[:16]}"


def bring(name: str, sha256: str, source: Path | None = None) -> Manifest:
    """Make the cache hold the data of that digest; return their manifest.

    Without a source they have to be there already. Raises `UserError` where what the source holds
    has another digest, which it names.
    """
    home = place(name, sha256)
    home.parent.mkdir(parents=True, exist_ok=True)
    with mutex(home.parent, lambda: say(f"data {name}: another process brings data; waiting")):
        there = _there(name, sha256, source)
        if source is None and not there:
            raise missing(name, sha256)
        if source and there:
            _check_found(name, sha256, source, look(source))
        elif source:
            _land(name, sha256, source, home)
    sealed = json.loads((home / SEAL).read_text(encoding="utf-8"))
    count, size = len(sealed["files"]), sealed["bytes"]
    return Manifest(dataset=name, sha256=sha256, files=count, bytes=size)


def _there(name: str, sha256: str, source: Path | None) -> bool:
    """Say whether the copy is there and whole, and a file still has the source's name."""
    try:
        check(name, sha256)
    except UserError as error:
        if place(name, sha256).exists():
            say(str(error))
        return False
    if source is None or not source.is_file():
        return True
    return (place(name, sha256) / name / source.name).is_file()


def _check_found(name: str, sha256: str, source: Path, found: Found) -> None:
    if found.sha256 != sha256:
        raise UserError(
            f"data {name}: {source} has sha256 {found.sha256}, expected {sha256}; not accepted; "
            f"if it is what you mean, after a look: sha256: {found.sha256}"
        )


def _land(name: str, sha256: str, source: Path, home: Path) -> None:
    """Copy the data beside their place, and once they are accepted put them there."""
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=f".{name}-") as folder:
        new = Path(folder) / "new"
        found = look(source, new / name)
        _check_found(name, sha256, source, found)
        for path in (new, *new.rglob("*")):  # readable for a container's ordinary user
            if path.is_dir():
                path.chmod(0o755)
        _seal(new, name, found)
        if home.exists():
            home.rename(Path(folder) / "old")
        new.rename(home)


def _seal(home: Path, name: str, found: Found) -> None:
    """Note how each file stands now: to see that none has changed, none has to be read again."""
    about = {"sha256": found.sha256, "bytes": found.bytes, "files": dict(found.files)}
    write_json(home / SEAL, {**about, "standing": standing(home / name)})


def standing(folder: Path) -> dict[str, list[int]]:
    """Return size, times and number of each file below a folder, and the names of its folders."""
    found = {}
    for root, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(root) / name
            at = path.lstat()
            key = path.relative_to(folder).as_posix()
            if stat.S_ISDIR(at.st_mode):
                found[f"{key}/"] = [0]
            else:
                found[key] = [at.st_size, at.st_mtime_ns, at.st_ctime_ns, at.st_ino]
    return found


def check(name: str, sha256: str) -> None:
    """Raise `UserError` unless the copy is there as it was brought.

    What stands as it stood is not read again; what was moved to this machine is, once.
    """
    home = place(name, sha256)
    try:
        sealed = json.loads((home / SEAL).read_text(encoding="utf-8"))
        kept, files, same = sealed["standing"], sealed["files"], sealed["sha256"] == sha256
    except (OSError, ValueError, KeyError):
        same = False
    if not same:
        raise missing(name, sha256)
    if standing(home / name) == kept:
        return
    _shut(home / name)
    now = standing(home / name)
    changed = sorted(now.keys() ^ kept.keys())
    if not changed:
        found = look(home / name).files
        changed = [each for each in files if found[each] != files[each]]
    if changed:
        raise UserError(
            f"data {name}: {home / name / changed[0]} has changed since it was brought; bring it "
            f"again: reprise matrix -- -f results/data/{name}.json"
        )
    with suppress(OSError):  # where it cannot be noted it is read again the next time
        write_json(home / SEAL, {**sealed, "standing": now})


def _shut(folder: Path) -> None:
    """Let nobody write to the files: what was unpacked on this machine is its owner's to write."""
    for path in folder.rglob("*"):
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and mode & 0o222:
            with suppress(OSError):
                path.chmod(0o444)


def missing(name: str, sha256: str) -> UserError:
    """Return the error for data that are not in the cache."""
    return UserError(
        f"data {name}: not here, with sha256 {sha256}; name it: data: {{ {name}: {{ path: …, "
        f"sha256: … }} }}, or bring it: reprise data {name} PATH"
    )


def main() -> None:
    """Bring the data, write the manifest."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.data.own", description=(__doc__ or "").partition("\n")[0]
    )
    add: Any = parser.add_argument
    add("--name", required=True)
    add("--sha256", required=True)
    add("--source", type=Path, help="a file or a folder; none: it is in the cache")
    add("--manifest", type=Path, required=True, help="the JSON file to write")
    args = parser.parse_args()
    source = args.source.expanduser() if args.source else None
    write_json(args.manifest, bring(args.name, args.sha256, source).model_dump())
    print(f"data {args.name}: as its digest says, {place(args.name, args.sha256)}")


if __name__ == "__main__":
    command(main)
