"""Repeats that share a job, in real Snakemake: nothing is lost, and afterwards nobody can tell."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.waiting import until
from tests.workflow.project import Project
from tests.workflow.test_pipeline import records, reuse
from workflows.common.guarded import session

pytestmark = pytest.mark.late

REPEATS = 4
CORES = ("--cores", "1")


def small(folder: Path) -> Project:
    """Return a project whose repeats make one job, and each control its own."""
    project = Project.copy(
        folder, benchmarks={"toy": {"steps": 5}}, configurations=["strict"],
        repeats={"toy": REPEATS},
    )  # fmt: skip
    project.edit("workflows/rules/together.py", "JOBS_A_CORE = 3", "JOBS_A_CORE = 1")
    return project


def runs(project: Project) -> list[str]:
    """Return the repeats that Snakemake would carry out now."""
    found = project.planned_runs(*CORES)
    return [name for name in found if "bit-flip" not in name]


ALL = [f"toy/strict/{n}" for n in range(REPEATS)]
PLACES = [f"results/runs/cpu/cpu/toy/strict/baseline/{n}.json" for n in range(REPEATS)]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, torch_python: Path) -> Project:
    """A project whose matrix is made."""
    project = small(tmp_path_factory.mktemp("together"))
    done = project.snakemake(*CORES, "results/matrix.json")
    assert done.returncode == 0, done.stderr
    assert "rule run_1_4" in project.said, "control: they shared a job"
    return project


def test_afterwards_nobody_can_tell(finished: Project, tmp_path: Path) -> None:
    assert finished.planned(*CORES, "results/matrix.json") == []
    alone = small(tmp_path)
    target = "results/runs/cpu/cpu/toy/strict/baseline/3.json"
    done = alone.snakemake("--jobs", "1", "--", target)
    assert done.returncode == 0 and "rule run_1_4" not in alone.said, done.stderr
    assert described(finished) == described(alone)
    made = [json.loads(finished.record("toy", "strict", n).read_text()) for n in range(REPEATS)]
    assert len({each["timing"]["started"] for each in made}) == REPEATS, "each is its own run"


def described(project: Project, repeat: int = 3) -> tuple[bytes, dict[str, Any]]:
    """Return a trace, and its record without times and the launch's own folder."""
    path = project.record("toy", "strict", repeat)
    record = json.loads(path.read_text())
    for name in ("timing", "sum"):
        del record[name]
    del record["held"]["process"]["folder"]
    record["held"]["variables"].pop("PYTHONPATH", None)
    return path.with_suffix(".npz").read_bytes(), record


def test_each_record_is_held_against_its_own(finished: Project, tmp_path: Path) -> None:
    project = reuse(finished, tmp_path)
    project.experiment["repeats"] = {"toy": REPEATS + 1}
    assert runs(project) == [f"toy/strict/{REPEATS}"], "an added one alone"
    project.experiment["repeats"] = {"toy": REPEATS}
    project.record("toy", "strict", 1).unlink()
    assert runs(project) == [ALL[1]], "one that was removed alone"
    project.record("toy", "strict", 2).unlink()
    assert runs(project) == ALL[1:3]
    done = project.snakemake(*CORES, *PLACES[1:3])
    assert done.returncode == 0 and "rule run_1_2" in project.said, done.stderr
    assert runs(project) == []
    project.edit("benchmarks/toy.py", "LEARNING_RATE = 1e-4", "LEARNING_RATE = 2e-4")
    assert runs(project) == ALL
    project.edit("benchmarks/toy.py", "LEARNING_RATE = 2e-4", "LEARNING_RATE = 1e-4")
    assert runs(project) == [], "control: as it was"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_and_resumed(tmp_path: Path, torch_python: Path, how: signal.Signals) -> None:
    project = small(tmp_path)
    command = project.command(*CORES, *PLACES)
    aside = tmp_path / "results" / "aside"
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=project.environment(), stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        until("two repeats", lambda: len([*aside.glob("[!.]*.json")]) >= 2)
        if how == signal.SIGKILL:
            process.kill()
        else:
            os.killpg(process.pid, how)  # as a terminal does, or whoever ends a service
        try:
            process.wait(180)
        except subprocess.TimeoutExpired:  # Snakemake's own handler can deadlock on its lock
            how = signal.SIGKILL
            process.kill()
            process.wait(180)
    if how == signal.SIGKILL:
        until("end of launches", lambda: not session(process.pid))
        assert project.snakemake("--unlock").returncode == 0
    kept = {path.name.rpartition("+")[2]: path.read_bytes() for path in aside.glob("[!.]*.json")}
    assert 2 <= len(kept) < REPEATS
    before = records(project)
    assert runs(project) == ALL, "none is in its place"
    done = project.snakemake(*CORES, *PLACES)
    assert done.returncode == 0, done.stderr
    folder = project.record("toy", "strict").parent
    assert {name: (folder / name).read_bytes() for name in kept} == kept, "not done again"
    assert {path: records(project)[path] for path in before} == before
    assert runs(project) == [] and [*aside.iterdir()] == []
