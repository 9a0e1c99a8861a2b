"""The suite as a wheel, installed where there is no clone: one package, which works anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from tests.conftest import Need
from tests.support import installed
from tests.support.installed import packages
from workflows.__main__ import VERBS
from workflows.common.paths import ROOT
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.load import load
from workflows.experiment.write_plan import make_plan

RUNS = ROOT / "tests/fixtures/records/host/cpu/toy/unseeded/baseline"
EXPERIMENT = {
    "engine": "venv",
    "environments": ["cpu"],
    "devices": ["cpu"],
    "benchmarks": {"toy": {"steps": 10}},
    "configurations": ["unseeded", "seeded"],
    "repeats": {"toy": 2},
}


@pytest.fixture(scope="module")
def wheel(need: Need, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made without a network."""
    need("hatchling", None if find_spec("hatchling") else "not installed: make setup")
    return installed.wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def home(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with nothing in it but an environment, where the wheel is the one thing installed.

    What it needs it takes from this interpreter's packages, which a file names.
    """
    return installed.home(tmp_path_factory.mktemp("home"), wheel, sysconfig.get_path("purelib"))


def reprise(home: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Carry out a command line in a folder."""
    return subprocess.run(
        [str(home / "venv" / "bin" / "reprise"), *words],
        cwd=folder, capture_output=True, text=True,
        env={"HOME": str(home), "PATH": os.environ["PATH"]}, check=False,
    )  # fmt: skip


def test_the_package_and_what_snakemake_looks_for_are_all_that_is_installed(home: Path) -> None:
    names = {path.name for path in packages(home).iterdir()}
    own = {name for name in names if not name.endswith((".dist-info", ".pth"))}
    assert own == {"reprise", "snakemake_logger_plugin_reprise"}


def test_the_wheel_holds_what_the_clone_tracks_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {n.removeprefix("reprise/suite/") for n in archive.namelist() if "/suite/" in n}
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    parts = ("benchmarks/", "config/", "containers/", "profiles/", "workflows/")
    single = {"CITATION.cff", "LICENSE", "Snakefile", "requirements/setup.lock"}
    tracked = {name for name in listed.stdout.split("\n") if name.startswith(parts)}
    assert {n for n in tracked if (ROOT / n).exists()} <= held
    new = held - tracked - single
    assert {name for name in new if not name.endswith((".py", ".smk"))} == {"revision.json"}


def test_every_verb_has_help_there(home: Path, tmp_path: Path) -> None:
    said = reprise(home, tmp_path, "--help").stdout
    for verb in VERBS:
        assert f"\n  {verb} " in said
    done = reprise(home, tmp_path, "merge", "--help")
    assert done.returncode == 0 and "example:\n  reprise merge here=results" in done.stdout


def test_the_version_says_which_commit_was_installed(home: Path, tmp_path: Path) -> None:
    said = reprise(home, tmp_path, "version").stdout
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert commit.stdout.strip() in said and str(packages(home)) in said


def test_two_runs_are_compared(home: Path, tmp_path: Path) -> None:
    done = reprise(home, tmp_path, "compare", str(RUNS / "0.json"), str(RUNS / "1.json"))
    assert (done.returncode, done.stderr) == (1, "")
    assert "differs first: initial weights (0.weight)" in done.stdout


def test_a_command_is_checked_and_its_python_is_reached(home: Path, tmp_path: Path) -> None:
    words = ["check", "--no-cure", "--", sys.executable, "-c", "print(1)"]
    done = reprise(home, tmp_path, *words)
    assert (done.returncode, done.stdout[:20]) == (0, "repeats: 3 of 3 runs"), done.stderr
    assert "not watched: every step: no process imported torch" in done.stdout


def test_what_is_wrong_is_one_line(home: Path, tmp_path: Path) -> None:
    for words, line in (
        (["shwo"], "error: 'shwo': no such verb; did you mean show? all: reprise --help\n"),
        (["compare", "a.json", "b.json"], "error: a.json: "),
        (["retry"], "error: results/experiment.json: no results here yet; make them: reprise m"),
    ):
        done = reprise(home, tmp_path, *words)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert done.stderr.startswith(line)


def test_an_experiment_is_planned_in_the_callers_folder_by_the_installed_code(
    home: Path, tmp_path: Path
) -> None:
    """Its runs have the clone's identities; no file that lies there stands for a module."""
    (tmp_path / "experiment.yaml").write_text(yaml.safe_dump(EXPERIMENT))
    for name in ("workflows/__init__.py", "yaml.py", "numpy.py", "statistics.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("raise SystemExit('imported from the folder')\n")
    words = ["--configfile", "experiment.yaml", "--", "results/plan.json"]
    done = reprise(home, tmp_path, "matrix", *words)
    assert done.returncode == 0, done.stderr
    catalogue = Catalogue.read()
    expected = make_plan(load(EXPERIMENT, catalogue), catalogue, "venv", "").identities
    plan = json.loads((tmp_path / "results" / "plan.json").read_text())
    assert plan["identities"] == expected and len(expected) > 3
    suite = packages(home) / "reprise" / "suite"
    assert not (suite / "results").exists() and not (suite / ".cache").exists()
    dry = reprise(home, tmp_path, "matrix", "--configfile", "experiment.yaml", "--", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    said = dry.stderr + dry.stdout
    assert "Job stats" in said and "jobid: " not in said, "the suite's own profile holds"


def test_its_cache_is_the_users(home: Path, tmp_path: Path) -> None:
    program = "from workflows.common.paths import cache; print(cache('wheels'))"
    suite = str(packages(home) / "reprise" / "suite")
    for more, expected in (
        ({}, home / ".cache" / "reprise" / "wheels"),
        ({"XDG_CACHE_HOME": str(tmp_path)}, tmp_path / "reprise" / "wheels"),
        ({"REPRISE_CACHE": "mine"}, tmp_path / "mine" / "wheels"),
    ):
        done = subprocess.run(
            [str(home / "venv" / "bin" / "python"), "-c", program],
            cwd=tmp_path, text=True, stdout=subprocess.PIPE, check=True,
            env={"HOME": str(home), "PYTHONPATH": suite, **more},
        )  # fmt: skip
        assert done.stdout.strip() == str(expected)
