"""The copies that a command works in: equal, apart from the folder, and apart from one another."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.check import folder as module
from workflows.check.folder import Copies
from workflows.common.errors import UserError


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a large file, links, and a virtual environment."""
    monkeypatch.setattr(module, "LARGE", 100)
    folder = tmp_path / "project"
    for name in ("src", "data", "venv", "src/__pycache__"):
        (folder / name).mkdir(parents=True)
    (folder / "src" / "train.py").write_text("print()\n")
    (folder / "data" / "large.bin").write_bytes(b"x" * 200)
    (folder / "venv" / "pyvenv.cfg").touch()
    (folder / "within").symlink_to("data/large.bin")
    (tmp_path / "elsewhere").write_text("there")
    (folder / "outside").symlink_to("../elsewhere")
    (folder / "empty").mkdir()
    return folder


def test_a_copy_is_equal_and_linked_where_it_is_said(source: Path, tmp_path: Path) -> None:
    copies = Copies(source, tmp_path / "home", Path("src"))
    stamps = copies.fresh()
    links = ["outside", "venv", "within"]
    assert sorted(stamps) == ["data/large.bin", "empty", *links[:1], "src/train.py", *links[1:]]
    assert [name for name, stamp in stamps.items() if not stamp] == ["empty"]
    assert copies.start == copies.work / "src" and (copies.start / "train.py").is_file()
    assert (copies.work / "venv").resolve() == source / "venv"
    assert (copies.work / "within").resolve() == copies.work / "data" / "large.bin"
    assert (copies.work / "outside").read_text() == "there"
    large = copies.work / "data" / "large.bin"
    assert large.stat().st_nlink == 2 and not large.samefile(source / "data" / "large.bin")
    assert not (copies.work / "src" / "__pycache__").exists()


def test_what_a_run_writes_reaches_neither_the_folder_nor_the_next_run(
    source: Path, tmp_path: Path
) -> None:
    copies = Copies(source, tmp_path / "home")
    copies.fresh()
    with (copies.work / "data" / "large.bin").open("r+b") as file:
        file.write(b"damaged")
    (copies.work / "src" / "train.py").write_text("other")
    copies.fresh()
    for folder in (source, copies.work):
        assert (folder / "data" / "large.bin").read_bytes() == b"x" * 200
        assert (folder / "src" / "train.py").read_text() == "print()\n"


def test_a_linked_folder_is_the_real_one(source: Path, tmp_path: Path) -> None:
    copies = Copies(source, tmp_path / "home", linked=["data"])
    copies.fresh()
    assert (copies.work / "data").resolve() == source / "data"


def test_a_folder_too_large_is_refused(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 150)
    with pytest.raises(UserError, match="too much to copy; name what is only read: --link"):
        Copies(source, tmp_path / "home").check()
    Copies(source, tmp_path / "home", linked=["data"]).check()
