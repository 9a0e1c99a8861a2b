"""`reprise check` on commands that need no PyTorch: judged by their output and their files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from tests.support.schemas import schema
from workflows.common.paths import ROOT

START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from workflows.__main__ import run; run()"


def command(*words: str) -> list[str]:
    return [sys.executable, "-c", START, str(ROOT), *words]


def reprise(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Carry out a command line in a folder."""
    return subprocess.run(command(*words), cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "x.txt").write_text("1\n")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_equal_output_repeats_and_the_folder_is_not_written_to(project: Path) -> None:
    before = contents(project)
    script = "cat data/x.txt; echo 'took 0.'$RANDOM's'; echo done > out.txt; echo 2 > data/x.txt"
    done = reprise(project, "check", "--", "bash", "-c", script)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "repeats: 3 of 3 runs" in done.stdout and "fewer than 63%" in done.stdout
    assert "not watched: every step: no Python" in done.stdout
    assert "2 files: data/x.txt, out.txt" in done.stdout
    assert contents(project) == before


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo loss $RANDOM$RANDOM", "first in what it prints (line 1)"),
        ("echo loss $RANDOM$RANDOM >&2", "first in what it prints on standard error (line 1)"),
        ("echo 1 > a.txt; echo $RANDOM$RANDOM >> a.txt", "(a.txt: line 2)"),
        ("printf 'loss,n\\n1,2\\n'$RANDOM',3\\n' > a.csv", "(a.csv: line 3, loss)"),
        ("echo '{\"a\": {\"loss\": [1, '$RANDOM$RANDOM']}}' > a.json", "(a.json: a.loss[1])"),
        ("head -c 9 /dev/urandom > a.bin", "the files that it writes (a.bin)"),
    ],
)
def test_other_output_differs_and_is_named(project: Path, script: str, said: str) -> None:
    done = reprise(project, "check", "--no-cure", "--", "bash", "-c", script)
    assert (done.returncode, done.stdout.splitlines()[0][:14]) == (1, "differs: first")
    assert said in done.stdout


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("rm data/$1", "(data/"),
        ("ln -s ckpt-$1.pt best.pt", "(best.pt: target)"),
        ("mkdir -p best/acc-0.$1", "(best/acc-0."),
        ("ln -sf $1 data/link", "(data/link: target)"),
    ],
)
def test_what_is_gone_links_and_empty_folders_count(project: Path, script: str, said: str) -> None:
    for name in ("1", "2", "3"):
        (project / "data" / name).touch()
    (project / "data" / "link").symlink_to("x.txt")
    (project / "runs").mkdir()
    drawn = f"set -- $(cat {project.parent}/number); {script}"
    again = f"set -- 1; {script}; ln -s $PWD/data/x.txt abs; rm data/2"
    before = f"echo $(($(cat {project.parent}/number) + 1)) > {project.parent}/number"
    (project.parent / "number").write_text("1")
    words = ["check", "--no-cure", "--repeats", "2", "--", "bash", "-c"]
    done = reprise(project, *words, f"{drawn}; {before}")
    assert done.returncode == 1 and said in done.stdout, done.stdout + done.stderr
    control = reprise(project, *words, again)
    assert control.returncode == 0, control.stdout + control.stderr
    assert "3 files: abs (link), " in control.stdout and "data/2 (removed)" in control.stdout


def test_only_compiled_python_is_no_file(project: Path) -> None:
    words = ["check", "--no-cure", "--repeats", "2", "--", "bash", "-c"]
    chance = "head -c 9 /dev/urandom >"
    kept = "echo; mkdir -p a/__pycache__ b/__pycache__;"
    compiled = f"{chance} a/__pycache__/x.cpython-311.pyc; {chance} a/__pycache__/x.pyc.1403"
    control = reprise(project, *words, f"{kept} {compiled}")
    assert control.returncode == 0 and "files" not in control.stdout, control.stdout
    for name in ("a/__pycache__/best.bin", "x.pyc"):
        done = reprise(project, *words, f"{kept} {chance} {name}")
        assert done.returncode == 1 and f"({name})" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("true", "nothing to compare"),
        ("echo oh no >&2; exit 3", "exit code 3: oh no"),
        ("sleep 60", "not ended after 1 s"),
    ],
)
def test_what_cannot_be_told_is_never_identical(project: Path, script: str, said: str) -> None:
    done = reprise(project, "check", "--timeout", "1", "--", "bash", "-c", script)
    assert done.returncode == 2 and done.stdout.startswith("cannot be told: ")
    assert said in done.stdout


def test_a_cure_is_found_and_tested_and_files_for_ci_are_written(project: Path) -> None:
    words = ["--json", "a.json", "--junit", "a.xml", "--", sys.executable, "-c"]
    done = reprise(project, "check", *words, "print({'loss', 'a', 'b', 'c', 'd', 'e'})")
    assert done.returncode == 1, done.stderr
    answer = json.loads((project / "a.json").read_text())
    jsonschema.validate(answer, schema("check"))
    assert answer["cure"]["settings"] == ["hash-seed"]
    assert answer["variables"] == ["PYTHONHASHSEED=3"]
    assert answer["cure"]["control"]["answer"] == "differs"
    case = ElementTree.parse(project / "a.xml").find(".//failure")  # noqa: S314
    assert case is not None and "differs: printed" in case.attrib["message"]


def test_two_kept_runs_are_compared(project: Path) -> None:
    for name, text in (("a", "x"), ("b", "x")):
        done = reprise(project, "run", "--output", f"../{name}", "--", "echo", text)
        assert done.returncode == 0, done.stderr
    done = reprise(project, "compare", "../a", "../b")
    assert done.returncode == 0 and "identical: 1 printed lines" in done.stdout
    reprise(project, "run", "--output", "../c", "--", "bash", "-c", "echo $RANDOM$RANDOM")
    reprise(project, "run", "--output", "../d", "--", "bash", "-c", "echo $RANDOM$RANDOM")
    done = reprise(project, "compare", "../c", "../d")
    assert done.returncode == 1 and "differs: first in what it prints (line 1)" in done.stdout
    done = reprise(project, "compare", "../a", "../c")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    record = project.parent / "c" / "record.json"
    jsonschema.validate(json.loads(record.read_text()), schema("command-record"))
    record.write_text(record.read_text().replace('"printed": [', '"printed": ["",', 1))
    assert "not what its own sum says" in reprise(project, "compare", "../c", "../d").stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check"], "no command; write it behind --"),
        (["check", "--repeats", "1", "--", "true"], "--repeats 1: expected at least 2"),
        (["check", "--configuration", "none", "--", "true"], "not known; known: unseeded"),
        (["check", "--link", "nothing", "--", "true"], "--link nothing: no such file or folder"),
        (["check", "--", "python", "../train.py"], "lies outside of what is copied"),
        (["check", "--", "no-such-program"], "no-such-program"),
        (["run", "--output", "data", "--", "true"], "--output data: is there already"),
    ],
)
def test_what_is_wrong_is_one_line(project: Path, words: list[str], said: str) -> None:
    done = reprise(project, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr
