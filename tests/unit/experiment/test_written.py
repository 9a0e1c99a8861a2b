"""A config file as it was written: its first fault is one line with the file and the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.common.errors import UserError
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.written import placed, read

RIGHT = """\
engine: venv
environments: [cpu]
devices: [cpu]
benchmarks:
  toy:
    steps: 5
configurations:
  - seeded
  - mine: [torch-seed]
repeats: { toy: 2 }
"""
CATALOGUE = Catalogue.read()


def said(folder: Path, content: str | bytes) -> str:
    """Return the one line that is said of a file, without the folder."""
    path = folder / "mine.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(UserError) as raised:
        read(path).check(CATALOGUE)
    line = str(raised.value)
    assert "\n" not in line
    return line.removeprefix(f"{folder}/")


def test_control_what_is_right_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(RIGHT)
    written = read(path)
    assert written.check(CATALOGUE).environments == ["cpu"]
    assert written.lines["benchmarks.toy.steps"] == 6 and written.lines["configurations.mine"] == 9


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("environments", "enviroments", "2: enviroments: unknown key (did you mean environments?)"),
        ("repeats", "repeatz", "10: repeatz: unknown key (did you mean repeats?); allowed"),
        ("steps: 5", "stepz: 5", "6: benchmarks.toy.stepz: unknown key (did you mean steps?)"),
        ("steps: 5", "steps: 0", "6: benchmarks.toy.steps = 0: expected greater than or equal"),
        ("[cpu]\ndev", "[cpuu]\ndev", "2: environments = 'cpuu': expected one of"),
        ("[torch-seed]", "[torch-sed]", "9: configurations.mine = 'torch-sed': expected one of"),
        ("toy: 2", "toy: 1", "10: repeats.toy = 1: expected"),
        ("toy: 2", "", "10: repeats.toy: missing; say how often toy is to run"),
        ("devices: [cpu]\n", "", " devices: missing; see config/config.yaml"),
    ],
)
def test_a_wrong_key_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: str) -> None:
    assert RIGHT.count(old)
    assert said(tmp_path, RIGHT.replace(old, new, 1)).startswith(f"mine.yaml:{line}")


def test_a_key_that_nothing_knows_comes_before_one_that_is_missing(tmp_path: Path) -> None:
    text = RIGHT.replace("devices: [cpu]\n", "").replace("repeats", "repeets")
    assert said(tmp_path, text).startswith("mine.yaml:9: repeets: unknown key (did you mean rep")


@pytest.mark.parametrize("old", ["devices: [cpu]\n", "repeats: { toy: 2 }\n"])
def test_so_does_one_within_another(tmp_path: Path, old: str) -> None:
    text = RIGHT.replace(old, "").replace("    steps: 5", "    stepz: 5")
    assert ": benchmarks.toy.stepz: unknown key (did you mean steps?)" in said(tmp_path, text)


def test_an_error_is_placed_in_the_file_whose_value_holds(tmp_path: Path) -> None:
    files = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    for path, seed in zip(files, ("seed: 3", "# two\nseed: 4"), strict=True):
        path.write_text(f"engine: venv\n{seed}\n")
    error = UserError("config: seed = 4: expected more")
    for value, where in ((3, "one.yaml:2: "), (4, "two.yaml:3: ")):
        assert f"{where}seed = 4: expected" in str(placed(error, {"seed": value}, files))
    assert placed(error, {"seed": 5}, files) is error, "control: said beside the files"
    other = UserError("no docker")
    assert placed(other, {}, files) is other, "control: about no key"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (f"{RIGHT}data: [\n", "mine.yaml:12: not YAML: expected the node content, but found"),
        (RIGHT.replace("seed: 3", "").replace("  toy:", " \ttoy:"), "mine.yaml:5: not YAML: found"),
        (f"{RIGHT}engine: host\n", "mine.yaml:11: engine: stands on line 1, too; leave one"),
        (
            "- a\n- b\n",
            "mine.yaml:1: expected `key: value` lines, like those of config/config.yaml",
        ),
        ("", "mine.yaml:1: expected `key: value` lines"),
        (b"engine: venv\nseed: \xff\n", "mine.yaml:2: not UTF-8"),
        ("a: \x00", "mine.yaml"),
        ("a: &x [*x]\nb: *y\n", "mine.yaml:2: not YAML: found undefined alias 'y'"),
    ],
)
def test_what_is_no_experiment_in_yaml_is_one_line(
    tmp_path: Path, content: str | bytes, line: str
) -> None:
    assert said(tmp_path, content).startswith(line)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none.yaml: no such file; see config/config.yaml"):
        read(tmp_path / "none.yaml")
