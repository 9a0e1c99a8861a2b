"""What there is to run: asked again once anything that says it has changed, and not before."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import commands
from workflows.common import program
from workflows.common.errors import UserError
from workflows.common.paths import ROOT
from workflows.experiment import identity, listing


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the benchmarks, and a cache in which nothing is kept."""
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))
    shutil.copytree(ROOT / "benchmarks", tmp_path / "project" / "benchmarks")
    return tmp_path / "project"


def asked(copy: Path) -> dict[str, Any]:
    """Return what another process is told."""
    identity.forget()
    found: dict[str, Any] = json.loads(listing.listing(copy))
    return found


def forbid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody ask."""
    monkeypatch.setattr(program, "run", lambda *_, **__: pytest.fail("it is asked again"))


def test_it_is_asked_once(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked(copy)
    assert "toy" in found["benchmarks"]
    forbid(monkeypatch)
    (copy / "benchmarks" / "README.md").write_text("changed: it says nothing")
    assert asked(copy) == found


def test_a_benchmark_that_comes_is_there_and_one_that_goes_is_not(copy: Path) -> None:
    toy = (copy / "benchmarks" / "toy.py").read_text()
    before = asked(copy)
    mine = copy / "benchmarks" / "mine.py"
    mine.write_text(toy)
    assert "mine" in asked(copy)["benchmarks"]
    mine.write_text(toy.replace("STEPS = 1000", "STEPS = 7"))
    assert asked(copy)["benchmarks"]["mine"]["steps"] == 7
    mine.unlink()
    assert asked(copy) == before


def test_a_setting_is_told_anew_wherever_its_words_come_from(copy: Path) -> None:
    (copy / "mine.py").write_text('WORDS = "first"\n')
    settings = copy / "benchmarks" / "outside.py"
    text = f"import mine\n{settings.read_text()}"
    settings.write_text(text.replace("from __future__ import annotations", ""))
    own = '\n\n@setting("mine", mine.WORDS)\ndef _mine(seed: int) -> None:\n    pass\n'
    settings.write_text(settings.read_text() + own)
    assert asked(copy)["settings"]["mine"]["controls"] == "first"
    (copy / "mine.py").write_text('WORDS = "second"\n')
    assert asked(copy)["settings"]["mine"]["controls"] == "second"


def test_the_folder_beside_a_command_counts(copy: Path) -> None:
    folder = commands.write(copy, "mine")
    assert not asked(copy)["benchmarks"]["mine"]["fault"]
    folder.rename(folder.with_name("other"))
    assert "there is no folder mine/" in asked(copy)["benchmarks"]["mine"]["fault"]
    folder.mkdir()
    assert not asked(copy)["benchmarks"]["mine"]["fault"]


def edited(copy: Path, ask: Callable[..., Any]) -> Callable[..., Any]:
    """Return how to ask while somebody edits."""

    def run(*given: Any, **how: Any) -> Any:
        (copy / "benchmarks" / "mine.py").write_text("# under way")
        return ask(*given, **how)

    return run


def test_an_answer_of_files_that_were_edited_meanwhile_is_not_kept(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(program, "run", edited(copy, program.run))
        asked(copy)
    (copy / "benchmarks" / "mine.py").unlink()
    with monkeypatch.context() as patch, pytest.raises(pytest.fail.Exception):
        forbid(patch)
        asked(copy)


@pytest.mark.parametrize("said", ["", "{"])
def test_what_is_no_answer_is_not_believed(copy: Path, tmp_path: Path, said: str) -> None:
    found = asked(copy)
    (file,) = (tmp_path / "cache" / "listings").iterdir()
    file.write_text(said)
    assert asked(copy) == found


def test_no_answer_is_an_error_each_time(copy: Path) -> None:
    (copy / "benchmarks" / "settings.py").write_text("def (:\n")
    for _ in range(2):
        with pytest.raises(UserError, match="benchmarks/: cannot be listed"):
            asked(copy)
