"""A command's program in a publication: told by its files, whatever packed them."""

from __future__ import annotations

import zipfile
from functools import partial
from pathlib import Path

import pytest

from workflows.common.errors import UserError
from workflows.experiment.catalogue import Benchmark
from workflows.experiment.identity import program_files
from workflows.publication import programs
from workflows.publication.programs import contents, parted, place

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


def test_a_program_of_that_name_here_is_held_against_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "ROOT", tmp_path)
    monkeypatch.setattr(programs, "program_files", partial(program_files, root=tmp_path))
    here = Benchmark(
        file="benchmarks/commands/mine.py", steps=1, options={}, data=None, published=None,
        command=["python", "train.py"],
    )  # fmt: skip
    for name, text in FILES.items():
        path = tmp_path / "benchmarks" / "commands" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert parted(tmp_path, "mine", here) is None, "control: nothing is published of it"
    packed(tmp_path, FILES)
    assert parted(tmp_path, "mine", here) is None, "control: it is the same"
    packed(tmp_path, FILES | {"mine/more.py": ""})
    assert parted(tmp_path, "mine", here) == "mine/more.py"
    packed(tmp_path, FILES)
    (tmp_path / "benchmarks/commands/mine/train.py").write_text("lr = 2")
    assert parted(tmp_path, "mine", here) == "mine/train.py"
    uncommanded = here.model_copy(update={"command": None})
    assert parted(tmp_path, "mine", uncommanded) == "mine/train.py"
