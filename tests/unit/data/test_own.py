"""One's own data: accepted by their digest, kept in a copy, of which every change is seen."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from workflows.common.errors import UserError
from workflows.data import own
from workflows.data.look import look
from workflows.data.own import SEAL, bring, check, place

OTHER = "0" * 64


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of data, and an empty cache."""
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))
    made = tmp_path / "mine"
    (made / "sub").mkdir(parents=True)
    (made / "sub" / "x").write_text("3\n")
    (made / "y").write_text("4\n")
    return made


@pytest.fixture
def digest(source: Path) -> str:
    """Its digest, once it was brought."""
    found = look(source).sha256
    bring("mine", found, source)
    return found


def kept(digest: str, name: str = "sub/x") -> Path:
    return place("mine", digest) / "mine" / name


def test_a_copy_is_made_and_told_of_by_its_digest(source: Path, digest: str) -> None:
    told = bring("mine", digest, source).model_dump()
    assert told == {
        "schema_version": 1, "dataset": "mine", "sha256": digest, "files": 2, "bytes": 4,
    }  # fmt: skip
    check("mine", digest)
    assert kept(digest).read_text() == "3\n"
    assert kept(digest).stat().st_ino != (source / "sub" / "x").stat().st_ino
    shutil.rmtree(source)  # what was brought is taken without its source
    assert bring("mine", digest).sha256 == digest
    with pytest.raises(UserError, match="mine: no such file or folder"):  # but not a wrong one
        bring("mine", digest, source)


def test_an_altered_byte_is_refused_with_the_digest_that_was_found(source: Path) -> None:
    asked = look(source).sha256
    (source / "y").write_text("5\n")
    with pytest.raises(UserError) as caught:
        bring("mine", asked, source)
    found = look(source).sha256
    assert f"{source} has sha256 {found}, expected {asked}; not accepted" in str(caught.value)
    assert str(caught.value).endswith(f"sha256: {found}")
    assert list(place("mine", asked).parent.iterdir()) == []
    assert bring("mine", found, source).sha256 == found
    (source / "y").write_text("4\n")  # nor where the copy is there
    with pytest.raises(UserError, match=f"has sha256 {asked}, expected {found}; not accepted"):
        bring("mine", found, source)


def test_a_single_file_keeps_its_name(source: Path) -> None:
    found = look(source / "y").sha256
    bring("mine", found, source / "y")
    assert kept(found, "y").read_text() == "4\n"
    (source / "y").rename(source / "z")
    bring("mine", found, source / "z")
    assert [path.name for path in kept(found, "").iterdir()] == ["z"]


def test_what_is_nowhere_is_missing(source: Path) -> None:
    for asked in (lambda: bring("mine", OTHER), lambda: check("mine", OTHER)):
        with pytest.raises(UserError, match=f"data mine: not here, with sha256 {OTHER}; name it"):
            asked()


def write(path: Path, text: str) -> None:
    path.chmod(0o644)
    path.write_text(text)


@pytest.mark.parametrize(
    ("name", "plant"),
    [
        ("sub/x", lambda folder: write(folder / "sub" / "x", "5\n")),
        ("sub/x", lambda folder: (folder / "sub" / "x").unlink()),
        ("sub/new", lambda folder: (folder / "sub" / "new").touch()),
        ("new", lambda folder: (folder / "new").mkdir()),
    ],
)
def test_a_changed_copy_is_refused_and_made_again(
    source: Path, digest: str, name: str, plant: object
) -> None:
    plant(kept(digest, ""))  # type: ignore[operator]
    with pytest.raises(UserError, match=f"/mine/{name} has changed since it was brought"):
        check("mine", digest)
    bring("mine", digest, source)
    check("mine", digest)


def test_a_change_that_keeps_size_and_time_is_seen(digest: str) -> None:
    path = kept(digest)
    was = path.stat()
    write(path, "5\n")
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    with pytest.raises(UserError, match="sub/x has changed"):
        check("mine", digest)


def test_only_what_stands_otherwise_is_read_again(
    digest: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read: list[Path] = []

    def counted(path: Path, target: Path | None = None) -> object:
        read.append(path)
        return look(path, target)

    monkeypatch.setattr(own, "look", counted)
    check("mine", digest)
    assert not read
    home = place("mine", digest)
    shutil.copytree(home, tmp_path / "moved")  # to another machine: other times and numbers
    shutil.rmtree(home)
    shutil.move(tmp_path / "moved", home)
    check("mine", digest)
    check("mine", digest)
    assert read == [home / "mine"]


def test_what_was_unpacked_here_is_nobodys_to_write(digest: str) -> None:
    kept(digest).chmod(0o644)  # as an archive's filter leaves it
    check("mine", digest)
    assert kept(digest).stat().st_mode & 0o222 == 0


def test_a_link_that_was_planted_changes_nothing_outside(digest: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.touch(0o644)
    kept(digest, "link").symlink_to(outside)
    with pytest.raises(UserError, match="mine/link has changed"):
        check("mine", digest)
    assert outside.stat().st_mode & 0o777 == 0o644


def test_a_copy_of_other_data_is_none(digest: str) -> None:
    seal = place("mine", digest) / SEAL
    seal.write_text(seal.read_text().replace(digest, OTHER))
    with pytest.raises(UserError, match="not here"):
        check("mine", digest)
