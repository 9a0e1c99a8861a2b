"""Benchmarks that are commands, through the workflow: judged, looked at, published, verified."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from tests.support import commands
from tests.workflow.project import Project
from workflows.common.paths import cache

pytestmark = pytest.mark.late

CELL = "cpu/cpu/planted/seeded/baseline"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A published experiment with a sound script, and one that is disturbed at random."""
    made = Project.copy(
        tmp_path_factory.mktemp("command"),
        benchmarks={"sound": {}, "planted": {}},
        configurations=["seeded"],
        variations=["baseline", "resume"],
        repeats={"sound": 2, "planted": 2},
        controls=["optimizer"],
    )
    commands.write(made.folder, "sound", more=commands.SAVES)
    commands.write(made.folder, "planted", commands.FAULT)
    done = made.snakemake("publish")
    assert done.returncode == 0, done.stderr
    return made


def test_the_sound_one_is_identical_and_says_what_was_not_watched(project: Project) -> None:
    cell = project.cell("sound", "seeded")
    assert cell["verdict"] == "identical"
    assert "not watched: generators that the program makes itself" in cell["notes"]
    controls = [one for one in project.matrix["controls"] if "/sound/" in one["flipped"]]
    assert [one["outcome"] for one in controls] == ["caught", "caught"]


def test_the_planted_fault_is_found_at_its_step_phase_and_tensor(project: Project) -> None:
    cell = project.cell("planted", "seeded")
    assert cell["verdict"] == "differs"
    place = cell["first_difference"]
    assert (place["phase"], place["step"]) == ("weights", 2)
    path = project.folder / "results" / "differences" / "repeats" / f"{CELL}.json"
    found = json.loads(path.read_text())
    assert found["located"]["place"]["tensor"] == "2.bias", "by the tensors that a re-run kept"
    assert found["located"]["differing"] == 1 and found["rerun"]["reason"] is None
    assert any(one["place"].startswith("train.py:") for one in found["sources"])


def test_a_variation_that_cannot_act_is_left_out_by_name(project: Project) -> None:
    said = json.loads((project.folder / "results" / "plan.json").read_text())["plan"]["left_out"]
    assert [text for text in said if "sound" in text]


def test_an_edit_of_its_files_runs_it_again_and_nothing_else(project: Project) -> None:
    assert project.planned_runs("matrix") == []
    folder = "benchmarks/commands/sound"
    project.edit(f"{folder}/own.py", "nn.Linear(4, 8)", "nn.Linear(4, 8, bias=True)")
    again = project.planned_runs("matrix")
    assert {name.partition("/")[0] for name in again} == {"sound"} and len(again) > 2
    project.edit(f"{folder}/own.py", ", bias=True", "")
    assert project.planned_runs("matrix") == [], "control"


def test_it_is_published_with_its_program(project: Project) -> None:
    with zipfile.ZipFile(project.folder / "results" / "publication.zip") as archive:
        inner = zipfile.ZipFile(BytesIO(archive.read("commands/sound.zip")))
    assert sorted(inner.namelist()) == ["sound.py", "sound/own.py", "sound/train.py"]
    assert inner.read("sound/train.py").decode() == commands.script(more=commands.SAVES)


def test_it_is_verified_elsewhere(project: Project, tmp_path: Path) -> None:
    reader = Project.copy(tmp_path / "reader")
    published = project.folder / "results" / "publication.zip"

    def verified() -> subprocess.CompletedProcess[str]:
        words = ["-m", "workflows.publication.verify", "--engine", "venv", str(published)]
        variables = {**os.environ, "REPRISE_CACHE": str(cache("x").parent)}
        return subprocess.run([sys.executable, *words], cwd=reader.folder, env=variables,
                              capture_output=True, text=True, check=False)  # fmt: skip

    without = verified()
    assert without.returncode == 4, without.stdout + without.stderr
    where = "commands/sound.zip: unpack that into benchmarks/commands/ if you trust it"
    assert where in " ".join(without.stdout.split())
    assert "building" not in without.stderr, "no environment for what cannot run"
    with zipfile.ZipFile(published) as archive:
        for name in ("sound", "planted"):
            inner = zipfile.ZipFile(BytesIO(archive.read(f"commands/{name}.zip")))
            inner.extractall(reader.folder / "benchmarks" / "commands")
    done = verified()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sound" in done.stdout
    with (reader.folder / "benchmarks/commands/sound/train.py").open("a") as program:
        program.write("\n")
    other = verified()
    assert other.returncode == 4, other.stdout + other.stderr
    assert "sound is another program here: sound/train.py" in " ".join(other.stdout.split())
