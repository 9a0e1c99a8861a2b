"""A machine without a GPU: what needs one is no job each, and comes by itself once one is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.workflow.project import Project
from workflows.common.files import sealed, write_json
from workflows.environments.engines import get
from workflows.experiment.planned import FLIPPED
from workflows.runs.launch import gpu_is_here

pytestmark = pytest.mark.late

RUNS = [
    f"results/runs/cuda/cuda/toy/seeded/{name}.json"
    for name in ("baseline/0", "baseline/1", f"{FLIPPED}/0")
]
MATRIX = ("--", "results/matrix.json")
"""Without what is drawn from it, which is no question of a GPU."""
LOOKS = [
    f"results/differences/{name}/cuda/cuda/toy/seeded/{variation}.json"
    for name, variation in (("repeats", "baseline"), ("variation", FLIPPED))
]


@pytest.fixture
def project(need: Need, tmp_path: Path, torch_python: Path) -> Project:
    """An experiment that wants a GPU and nothing else."""
    need("no GPU", "this machine has one" if gpu_is_here() else None)
    return copy(tmp_path / "here")


def copy(folder: Path) -> Project:
    """Copy the project; nothing of an environment is started, so another one's record will do."""
    project = Project.copy(
        folder, environments=["cuda"], devices=["cuda"], benchmarks={"toy": {"steps": 3}},
        configurations=["seeded"], repeats={"toy": 2},
    )  # fmt: skip
    image = get("venv").build("cpu").model_copy(update={"environment": "cuda"})
    write_json(folder / "results/images/cuda.json", image.model_dump(mode="json"))
    return project


def jobs(project: Project, *arguments: str) -> dict[str, int]:
    """Make the matrix; return how many jobs of each rule there were."""
    done = project.snakemake(*arguments, *MATRIX)
    assert done.returncode == 0, done.stderr
    stats = project.said.partition("Job stats:")[2].partition("total")[0]
    return {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", stats, re.MULTILINE)}


def contents(project: Project) -> dict[str, bytes]:
    """Return what the runs and the close looks left."""
    return {path: (project.folder / path).read_bytes() for path in (*RUNS, *LOOKS)}


def test_two_jobs_leave_what_one_job_a_run_leaves(project: Project, tmp_path: Path) -> None:
    counted = jobs(project)
    assert counted["runs_without_gpu"] == counted["differences_without_gpu"] == 1
    assert not {"run_on_gpu", "difference_on_gpu"} & set(counted)
    assert project.cell("toy", "seeded", "cuda")["verdict"] == "not-run"
    assert project.planned(*MATRIX) == []
    away = copy(tmp_path / "away")
    counted = jobs(away, "--jobs", "4")  # as where a cluster's nodes carry jobs out
    assert (counted["run_on_gpu"], counted["difference_on_gpu"]) == (len(RUNS), len(LOOKS))
    assert "runs_without_gpu" not in counted
    assert contents(away) == contents(project)
    assert away.matrix["cells"] == project.matrix["cells"]


def test_once_a_gpu_is_there_all_of_it_runs(project: Project) -> None:
    jobs(project)
    project.experiment["limits"] = {"minutes": 7}
    jobs(project)
    assert project.planned(*MATRIX) == []
    project.edit("workflows/runs/launch.py", "/proc/driver/nvidia/version", "/proc/version")
    planned = project.planned(*MATRIX)
    assert [path for path in planned if path in RUNS] == RUNS
    assert [path for path in planned if path in LOOKS] == LOOKS


def test_what_ran_on_a_gpu_that_has_gone_is_left_alone(project: Project) -> None:
    first = project.folder / RUNS[0]
    done = project.snakemake("--jobs", "4", "--", RUNS[0])  # by the rule that had the GPU
    assert done.returncode == 0, done.stderr
    kept = json.loads(first.read_text()) | {"status": "failed", "reason": "planted"}
    write_json(first, sealed(kept))
    before = first.read_bytes()
    assert "toy/seeded/0" not in project.planned_runs()
    assert project.snakemake(*MATRIX).returncode == 0
    assert first.read_bytes() == before
    assert project.cell("toy", "seeded", "cuda")["verdict"] == "failed"
    assert project.planned(*MATRIX) == []
