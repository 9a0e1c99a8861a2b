"""The content digest: every change of contents changes it, and nothing else does."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from workflows.environments.images.contents import (
    INJECTED,
    Contents,
    differences,
    of_folder,
    of_tar,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small tree with every kind of entry that an image holds."""
    root = tmp_path / "tree"
    (root / "opt" / "empty").mkdir(parents=True)
    (root / "opt" / "data").write_bytes(bytes(range(256)))
    (root / "opt" / "tool").write_text("#!/bin/sh\n")
    (root / "opt" / "tool").chmod(0o755)
    (root / "opt" / "link").symlink_to("data")
    (root / "opt" / "grüße").write_text("not ASCII")
    os.link(root / "opt" / "data", root / "opt" / "second")
    return root


def archived(folder: Path) -> Contents:
    """Read a folder's contents from a tar stream of it, as GNU tar writes it."""
    command = ["tar", "-C", str(folder), "-cf", "-", "."]
    made = subprocess.run(command, capture_output=True, check=True)
    return of_tar(io.BytesIO(made.stdout))


def flip(folder: Path) -> None:
    path = folder / "opt" / "data"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)


def replace(path: Path, put: Callable[[Path], object]) -> None:
    path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    put(path)


CHANGES: dict[str, Callable[[Path], object]] = {
    "one bit": flip,
    "mode": lambda f: (f / "opt" / "tool").chmod(0o754),
    "setuid": lambda f: (f / "opt" / "tool").chmod(0o4755),
    "mode of a folder": lambda f: (f / "opt" / "empty").chmod(0o700),
    "rename": lambda f: (f / "opt" / "data").rename(f / "opt" / "date"),
    "removal": lambda f: (f / "opt" / "grüße").unlink(),
    "new empty folder": lambda f: (f / "opt" / "empty" / "inner").mkdir(),
    "link target": lambda f: replace(f / "opt" / "link", lambda path: path.symlink_to("tool")),
    "link becomes file": lambda f: replace(
        f / "opt" / "link", lambda path: path.write_bytes((f / "opt" / "data").read_bytes())
    ),
    "folder becomes file": lambda f: replace(f / "opt" / "empty", Path.touch),
}


@pytest.mark.parametrize("read", [of_folder, archived])
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_contents_is_seen(
    folder: Path, change: str, read: Callable[[Path], Contents]
) -> None:
    before = read(folder)
    CHANGES[change](folder)
    after = read(folder)
    assert after.digest != before.digest
    assert differences(before, after)


@pytest.mark.parametrize("read", [of_folder, archived])
def test_times_do_not_count(folder: Path, read: Callable[[Path], Contents]) -> None:
    before = read(folder)
    for path in folder.rglob("*"):
        os.utime(path, (0, 0), follow_symlinks=False)
    assert read(folder).digest == before.digest


def test_a_folder_and_its_archive_are_equal(folder: Path) -> None:
    assert differences(of_folder(folder), archived(folder)) == []
    assert of_folder(folder).digest == archived(folder).digest


def test_hard_links_count_as_the_file_they_are(folder: Path) -> None:
    before = archived(folder)
    (folder / "opt" / "second").unlink()
    (folder / "opt" / "second").write_bytes((folder / "opt" / "data").read_bytes())
    assert archived(folder).digest == before.digest


@pytest.mark.parametrize("path", sorted(INJECTED))
def test_what_an_engine_injects_does_not_count(folder: Path, path: str) -> None:
    before = archived(folder)
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    added = {Path(path).parent.as_posix()} - {"."}
    (folder / path).write_text("injected")
    assert archived(folder).entries.keys() - before.entries.keys() <= added


def test_its_neighbours_do_count(folder: Path) -> None:
    before = archived(folder)
    for name in ("device", "etc"):
        (folder / name).mkdir()
    (folder / "etc" / "hosts.allow").touch()
    added = archived(folder).entries.keys() - before.entries.keys()
    assert added == {"device", "etc", "etc/hosts.allow"}


def test_names_that_are_not_utf8_are_told_apart() -> None:
    digests = set()
    for name in (b"a\xff", b"a\xfe"):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            archive.addfile(tarfile.TarInfo(os.fsdecode(name)))
        buffer.seek(0)
        digests.add(of_tar(buffer).digest)
    assert len(digests) == 2


def test_differences_name_the_first_entries() -> None:
    first, second = (
        Contents({"a": "x", "b": "y", "d": "z"}),
        Contents({"a": "x", "b": "w", "c": "v"}),
    )
    assert differences(first, second) == ["b: y | w", "c: absent | v", "d: z | absent"]
    assert differences(first, second, limit=1) == ["b: y | w"]


def test_a_folder_is_read_without_what_is_excluded(folder: Path) -> None:
    read = of_folder(folder, {"opt/empty", "opt/data"})
    assert sorted(read.entries) == ["opt", "opt/grüße", "opt/link", "opt/second", "opt/tool"]


def test_the_list_of_entries_is_kept(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))
    read = of_folder(folder)
    read.keep()
    assert (tmp_path / "cache" / "contents" / f"{read.digest}.json").exists()
