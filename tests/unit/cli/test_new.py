"""`reprise new`: one's own program made a benchmark, and an experiment that names it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tests.support import commands
from workflows.cli import new
from workflows.common.errors import UserError
from workflows.common.paths import ROOT
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.load import load
from workflows.experiment.model import own_data


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the benchmarks, and a folder with a program in which the verb is called."""
    shutil.copytree(ROOT / "benchmarks", tmp_path / "suite" / "benchmarks")
    monkeypatch.setattr(new, "ROOT", tmp_path / "suite")
    monkeypatch.setattr(new, "COMMANDS", tmp_path / "suite" / "benchmarks" / "commands")
    monkeypatch.chdir(commands.project(tmp_path / "mine"))
    return tmp_path


def made(project: Path, *words: str) -> Catalogue:
    new.main([*words])
    return Catalogue.read(project / "suite")


def test_a_command_becomes_a_benchmark_with_an_experiment(project: Path) -> None:
    for name in (".git", "results", "venv", "__pycache__"):
        (project / "mine" / name).mkdir()
        (project / "mine" / name / "x.py").touch()
    (project / "mine" / "venv" / "pyvenv.cfg").touch()
    given = ["python", "train.py", "--lr", "a 'b' \"c\""]
    catalogue = made(project, "mine", "--steps", "6", "--", *given)
    found = catalogue.benchmarks["mine"]
    assert (found.command, found.steps) == (given, 6)
    folder = (project / "suite" / found.file).with_suffix("")
    assert sorted(path.name for path in folder.rglob("*")) == ["own.py", "train.py"]
    assert (folder / "train.py").read_bytes() == (project / "mine" / "train.py").read_bytes()
    experiment = load(yaml.safe_load(Path("mine.yaml").read_text()), catalogue)
    assert experiment.benchmarks.keys() == {"mine"}


def test_it_takes_the_place_of_an_earlier_one_where_that_is_said(project: Path) -> None:
    words = ("mine", "--steps", "6", "--", "python", "train.py")
    made(project, *words)
    with pytest.raises(UserError, match=r"mine: is a benchmark already, .*; add --replace"):
        made(project, *words)
    (project / "mine" / "own.py").unlink()
    catalogue = made(project, "mine", "--replace", "--steps", "7", "--", "python", "train.py")
    folder = project / "suite" / "benchmarks" / "commands" / "mine"
    assert catalogue.benchmarks["mine"].steps == 7 and not (folder / "own.py").exists()
    assert not (folder / "mine.yaml").exists(), "the experiment is no file of the program"


def test_its_data_are_brought_and_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "some.csv").write_text("1\n")
    given = ["python", "train.py", "{data}/some.csv"]
    found: dict[str, list[str]] = {}
    monkeypatch.setattr(new, "counted", lambda words, _: found.setdefault("words", words) and 6)
    catalogue = made(project, "mine", "--data", f"numbers={tmp_path / 'some.csv'}", "--", *given)
    assert Path(found["words"][-1]).read_text() == "1\n", "counted with the copy that runs read"
    assert catalogue.benchmarks["mine"].command == given
    experiment = load(yaml.safe_load(Path("mine.yaml").read_text()), catalogue)
    said = own_data(experiment, catalogue.benchmarks["mine"].data)
    assert said and said.path == str(tmp_path / "some.csv")


def test_without_a_command_a_working_example_is_written(project: Path) -> None:
    found = made(project, "own").benchmarks["own"]
    assert (found.file, found.command) == ("benchmarks/own.py", None)
    assert Path("own.yaml").exists()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["Mine", "--", "x"], "Mine: expected a name of lower-case letters"),
        (["probes"], "probes: expected a name"),
        (["toy", "--replace", "--", "x"], "toy: is a benchmark already, .*; choose another name"),
        (["mine", "--folder", "gone", "--", "x"], "--folder .*gone: no such folder"),
        (["mine", "--steps", "0", "--", "x"], "--steps 0: expected at least 1"),
        (["mine", "--", "x", "{data}"], "x {data}: expected {data} in the command and --data"),
        (["mine", "--data", "a=b", "--", "x"], "x: expected {data} in the command and --data"),
        (["mine", "--data", "a", "--", "x", "{data}"], "--data a: expected NAME=PATH, or cifar10"),
        (["mine", "--", "gone"], "gone: .*No such file or directory"),
        (["mine", "--", "false"], "false: failed: exit code 1: .*; or say --steps N"),
        (["mine", "--", "true"], "true: 0 processes took steps, a benchmark has one"),
    ],
)
def test_what_is_wrong_is_one_line(project: Path, words: list[str], line: str) -> None:
    with pytest.raises(UserError, match=line) as caught:
        new.main(words)
    assert "\n" not in str(caught.value)
    assert not Path("mine.yaml").exists()


def test_a_folder_that_is_too_large(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new, "MOST", 10)
    with pytest.raises(UserError, match="holds 0 MiB, more than 0 MiB; keep its data elsewhere"):
        made(project, "mine", "--steps", "6", "--", "python", "train.py")
