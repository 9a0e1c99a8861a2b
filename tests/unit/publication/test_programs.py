"""A command's program in a publication: told by its files, whatever packed them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from workflows.common.errors import UserError
from workflows.publication.programs import contents, place

FILES = {"mine.py": "COMMAND = ['python', 'train.py']", "mine/train.py": "lr = 1"}


def packed(folder: Path, files: dict[str, str], packing: int = zipfile.ZIP_DEFLATED) -> str | None:
    """Return the digest of a program that was published from these files."""
    path = folder / place("mine")
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return contents(folder, "mine")


def test_it_is_its_files_and_not_how_they_were_packed(tmp_path: Path) -> None:
    said = packed(tmp_path, FILES)
    assert said and packed(tmp_path, dict(reversed(FILES.items())), zipfile.ZIP_STORED) == said
    assert packed(tmp_path, FILES | {"mine/train.py": "lr = 2"}) != said
    assert packed(tmp_path, FILES | {"mine/more.py": ""}) != said
    assert packed(tmp_path, {"mine.py": FILES["mine.py"], "mine/try.py": "lr = 1"}) != said


def test_a_publication_without_it_and_one_that_is_damaged(tmp_path: Path) -> None:
    assert contents(tmp_path, "mine") is None
    packed(tmp_path, FILES)
    (tmp_path / place("mine")).write_bytes(b"no zip")
    with pytest.raises(UserError, match=r"commands/mine.zip: not a zip that can be read"):
        contents(tmp_path, "mine")
