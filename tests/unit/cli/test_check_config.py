"""`reprise check-config`: one line for what is wrong, in about a second, and without Snakemake."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.test_cli import reprise
from workflows.common.paths import ROOT


def test_a_right_file_is_said_to_be_right() -> None:
    done = reprise("check-config", "config/try.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "config/try.yaml: right; 5 runs of 3 combinations\n"


def test_a_wrong_one_is_one_line_with_file_and_line(tmp_path: Path) -> None:
    text = (ROOT / "config" / "try.yaml").read_text()
    (tmp_path / "mine.yaml").write_text(text.replace("environments", "enviroments"))
    for words in (["check-config", "mine.yaml"], ["plan", "mine.yaml"]):
        done = reprise(*words, folder=tmp_path)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert ": enviroments: unknown key (did you mean environments?)" in done.stderr
        assert done.stderr.startswith("error: mine.yaml:8: ")


def test_a_file_that_is_no_yaml_is_one_line_for_the_matrix_too(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("engine: [\n")
    done = reprise("matrix", "--configfile", "mine.yaml", folder=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("error: mine.yaml:2: not YAML: ")


@pytest.mark.parametrize(
    ("old", "new", "words", "line"),
    [
        ("environments", "enviroments", [], "mine.yaml:8: enviroments: unknown key (did you mean"),
        ("steps: 200", "steps: 0", [], "mine.yaml:12: benchmarks.toy.steps = 0: expected"),
        ("devices: [cpu]", "", [], "mine.yaml: devices: missing; see config/config.yaml"),
        ("", "", ["--", "--config", "engin=venv"], "config: engin: unknown key (did you mean"),
        ("seed: 3", "seed: x", ["--", "--config", "seed=y"], "config: seed = 'y': expected"),
    ],
)
def test_the_matrix_says_the_same_line_of_a_wrong_key(
    tmp_path: Path, old: str, new: str, words: list[str], line: str
) -> None:
    text = (ROOT / "config" / "try.yaml").read_text()
    (tmp_path / "mine.yaml").write_text(text.replace(old, new) if old else text)
    done = reprise("matrix", "--configfile", "mine.yaml", *words, folder=tmp_path)
    told = [each for each in done.stderr.splitlines() if each]
    assert done.returncode and len(told) == 1 and told[0].startswith(f"error: {line}"), done.stderr
    if not words:
        assert told == reprise("check-config", "mine.yaml", folder=tmp_path).stderr.splitlines()


def test_what_cannot_be_planned_is_wrong_too(tmp_path: Path) -> None:
    text = (ROOT / "config" / "try.yaml").read_text()
    (tmp_path / "mine.yaml").write_text(text.replace("devices: [cpu]", "devices: [cuda]"))
    done = reprise("check-config", "mine.yaml", folder=tmp_path)
    assert done.returncode == 2 and "mine.yaml: nothing is left to run: " in done.stderr


def test_neither_snakemake_nor_a_drawing_library_is_imported() -> None:
    program = (
        "import sys; from workflows.__main__ import main;"
        "main(['check-config', 'config/try.yaml']);"
        "assert not {'snakemake', 'altair', 'rocrate'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
