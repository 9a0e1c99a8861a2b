"""A folder read again: a changed file is always found, an untouched one is not hashed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from workflows.environments.images import reread
from workflows.environments.images.contents import of_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two files and a link, of which nothing counts as just changed."""
    monkeypatch.setattr(reread, "RACY", -(10**18))
    made = tmp_path / "folder"
    (made / "lib").mkdir(parents=True)
    (made / "lib" / "torch.so").write_bytes(b"bits")
    (made / "plain.txt").write_text("text")
    (made / "link").symlink_to("plain.txt")
    return made


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Where the last reading is kept."""
    return tmp_path / "index.json"


def digest(folder: Path, index: Path) -> str:
    """Return the digest of a folder by its index, and leave that for the next time."""
    last = reread.Index(index)
    found = of_folder(folder, described=last.describe).digest
    last.keep()
    return found


def test_what_is_untouched_is_not_hashed_again(
    folder: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = digest(folder, index)
    assert first == of_folder(folder).digest
    monkeypatch.setattr(reread, "describe", lambda path: pytest.fail(f"{path} is hashed"))
    assert digest(folder, index) == first


def edit(path: Path) -> None:
    """Change one byte, and set the time of modification back."""
    before = path.stat()
    with path.open("r+b") as file:
        file.write(b"B")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def replace(path: Path) -> None:
    """Put an edited copy of the same times in its place."""
    other = path.with_name("other")
    other.write_bytes(b"Bits")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize("change", [edit, replace, lambda path: path.chmod(0o600), Path.unlink])
def test_a_change_is_found_whatever_its_time_says(
    folder: Path, index: Path, change: object
) -> None:
    first = digest(folder, index)
    assert callable(change)
    change(folder / "lib" / "torch.so")
    second = digest(folder, index)
    assert second != first and second == of_folder(folder).digest
    assert digest(folder, index) == second


def test_a_link_and_a_new_file_are_found(folder: Path, index: Path) -> None:
    first = digest(folder, index)
    (folder / "link").unlink()
    (folder / "link").symlink_to("lib/torch.so")
    second = digest(folder, index)
    (folder / "new.txt").touch()
    assert len({first, second, digest(folder, index)}) == 3


def test_what_changed_just_before_is_read_once_more(
    folder: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reread, "RACY", 10**18)
    digest(folder, index)
    assert not index.exists(), "nothing that could be relied on"


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"a": [1, 2]}', "\xff", None])
def test_an_index_that_is_none_costs_time_alone(
    folder: Path, index: Path, text: str | None
) -> None:
    if text is not None:
        index.write_text(text, encoding="latin-1")
    assert digest(folder, index) == of_folder(folder).digest
    assert set(json.loads(index.read_text())) == {
        str(folder / name) for name in ("lib", "lib/torch.so", "plain.txt", "link")
    }


def test_a_cache_that_cannot_be_written_is_no_error(folder: Path, tmp_path: Path) -> None:
    assert digest(folder, tmp_path / ("x" * 300)) == of_folder(folder).digest
