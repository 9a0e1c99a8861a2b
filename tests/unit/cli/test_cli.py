"""The one face: each verb has help with an example, says what is wrong in one line, completes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workflows.__main__ import VERBS, find
from workflows.common.errors import UserError
from workflows.common.paths import ROOT

RUNS = ROOT / "tests/fixtures/records/host/cpu/toy"


def reprise(*words: str, folder: Path = ROOT, **more: str) -> subprocess.CompletedProcess[str]:
    """Carry out a command line in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "workflows", *words], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **more}, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        find(verb)(["--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert said.startswith(f"usage: reprise {verb}"), "it names itself as it is called"
    about, example = said.split("example:\n")
    assert f"  reprise {verb}" in example
    assert len(about.splitlines()) > 4 and "-h, --help" in about


def test_help_is_quick_for_it_imports_nothing_but_the_standard_library() -> None:
    program = (
        "import sys; from workflows.__main__ import main; main(['--help']);"
        "names = {name.partition('.')[0] for name in sys.modules};"
        "print(sorted(names - sys.stdlib_module_names - {'__main__'}))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    *said, imported = done.stdout.splitlines()
    assert imported == "['workflows']"
    assert all(any(line.startswith(f"  {verb} ") for line in said) for verb in VERBS)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["shwo"], "'shwo': no such verb; did you mean show? all: reprise --help"),
        (["compare", "a"], "the following arguments are required: b; see: reprise compare --help"),
        (["compare", "a", "b", "--c"], "unrecognized arguments: --c; see: reprise compare --help"),
        (["compare", "a.json", "b.json"], "a.json: no such"),
        (["show"], "results/matrix.json: no such matrix; make it: reprise matrix"),
        (["retry"], "results/experiment.json: no results here yet; make them: reprise matrix"),
        (["history"], "results/history: no campaign yet: reprise matrix"),
        (["verify", "no.zip"], "no.zip: no such"),
        (["merge", "no.zip", "b.zip"], "'no.zip': no such file or folder; reprise merge here="),
        (["home", "nowhere"], "nowhere/SHA256SUMS: "),
        (["matrix", "--configfile", "no.yaml"], "--configfile no.yaml: no such file; name an"),
        (["matrix", "--cores", "0"], "--cores 0: expected at least 1"),
        (["campaign", "--config", "no.yaml"], "--configfile no.yaml: no such file; name an"),
        (["pack", "--configfile", "no.yaml"], "--configfile no.yaml: no such file"),
        (["publish", "--traces", "thin"], "argument --traces: invalid choice: 'thin'"),
    ],
)
def test_what_is_wrong_is_one_line(words: list[str], line: str, tmp_path: Path) -> None:
    done = reprise(*words, folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert done.stderr.startswith(f"error: {line}")
    assert not [*tmp_path.rglob("*.json")], "nothing is left"


@pytest.mark.parametrize(
    ("machine", "verb", "refused"),
    [("i686", "show", True), ("i686", "version", False), ("x86_64", "version", False)],
)
def test_a_machine_that_cannot_work_is_told_so(machine: str, verb: str, refused: bool) -> None:
    done = subprocess.run(
        ["setarch", machine, sys.executable, "-m", "workflows", verb],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == ((2, 1) if refused else (0, 0))
    assert done.stderr.startswith("error: Linux on i686: expected" if refused else "")


def test_without_a_verb_all_are_listed() -> None:
    assert reprise().stdout == reprise("--help").stdout


def test_two_runs_are_compared_from_any_folder(tmp_path: Path) -> None:
    for name, code, said in (("unseeded", 1, "differs first: initial weights"), ("seeded", 0, "")):
        done = reprise(
            "compare", *(str(RUNS / name / f"baseline/{n}.json") for n in (0, 1)), folder=tmp_path
        )
        assert done.returncode == code and said in done.stdout, done.stderr


def test_the_version_names_code_and_python() -> None:
    said = reprise("version").stdout
    assert str(ROOT) in said and sys.executable in said
    assert reprise("--version").stdout == said


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("reprise pub", "publish"),
        ("reprise publish --t", "--traces"),
        ("reprise publish --traces ", "whole brief"),
        ("reprise compare LICEN", "LICENSE"),
        ("reprise nothing --t", ""),
    ],
)
def test_a_shell_completes_verbs_options_and_files(line: str, offered: str, tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    reprise(
        COMP_LINE=line, COMP_POINT=str(len(line)), _ARGCOMPLETE="1", _ARGCOMPLETE_IFS=" ",
        _ARGCOMPLETE_STDOUT_FILENAME=str(answer),
    )  # fmt: skip
    assert answer.read_text().strip() == offered


def test_what_switches_completion_on_is_code_for_the_shell() -> None:
    done = subprocess.run(["bash", "-n"], input=reprise("completion").stdout, text=True, check=True)
    assert done.returncode == 0
    assert "complete --command reprise" in reprise("completion", "fish").stdout
    with pytest.raises(UserError, match="invalid choice: 'csh'"):
        find("completion")(["csh"])
