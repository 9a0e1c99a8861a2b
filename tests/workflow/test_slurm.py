"""The experiment on a real Slurm through the profile: complete; cancelled, and then complete."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.workflow import slurm
from tests.workflow.project import Project

# Checks on jobs come quicker than a cluster would like.
QUICK = [
    "--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "2",
    "--latency-wait", "5",
]  # fmt: skip


@pytest.fixture(scope="module")
def cluster(need: Need, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A running Slurm."""
    need("slurm", slurm.problem())
    with slurm.started(tmp_path_factory.mktemp("slurm")):
        yield


@pytest.fixture
def project(cluster: None, tmp_path: Path, torch_python: Path) -> Project:
    """The toy, some runs of a second or two."""
    return Project.copy(
        tmp_path,
        benchmarks={"toy": {"steps": 100}},
        configurations=["unseeded", "seeded"],
        repeats={"toy": 4},
    )


def submit(project: Project, *arguments: str) -> subprocess.Popen[str]:
    """Start Snakemake with the profile."""
    # The matrix alone: what is drawn from it is no matter of the cluster.
    profile = ("--profile", "workflows/profiles/slurm")
    command = project.command(*profile, *QUICK, *arguments, "--", "results/matrix.json")
    start = command.index("--cores")
    del command[start : start + 2]  # the profile has them
    return subprocess.Popen(
        command, cwd=project.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**project.environment(), "USER": "root"},
    )  # fmt: skip


def letters(project: Project) -> dict[str, tuple[str, list[str]]]:
    return {
        cell["configuration"]: (cell["verdict"], cell["classes"])
        for cell in project.matrix["cells"]
    }


def test_the_same_letters_as_here(project: Project, tmp_path: Path) -> None:
    process = submit(project)
    text = process.communicate()[0]
    assert process.returncode == 0, text
    ran = {int(number) for number in re.findall(r"SLURM jobid (\d+)", text)}
    # An image, nine runs together, two or three close looks together: not a job for each.
    assert 2 <= len(ran) <= 4, text
    there = letters(project)
    assert there == {
        "unseeded": ("differs", ["B", "C", "D", "E"]), "seeded": ("identical", ["A"] * 4),
    }  # fmt: skip
    started = {
        project.record("toy", "seeded", repeat).read_text().split('"started": "')[1][:19]
        for repeat in range(4)
    }
    assert started, "each repeat is a run with a record of its own"
    local = Project.copy(tmp_path / "local", **project.experiment)
    assert local.snakemake("results/matrix.json").returncode == 0
    assert letters(local) == there
    one, other = (each.record("toy", "seeded").with_suffix(".npz") for each in (project, local))
    assert one.read_bytes() == other.read_bytes(), "the very same bits"


@pytest.mark.skipif("CI" in os.environ, reason="takes four minutes: run it by hand")
def test_cancelled_and_completed(project: Project) -> None:
    slow = "time.sleep(3)"  # at each of five steps
    project.own("slow", slow)
    project.experiment["benchmarks"] = {"slow": {"steps": 3}}
    project.experiment["configurations"] = ["seeded"]
    project.experiment["repeats"] = {"slow": 5}
    process = submit(project)
    records = project.folder / "results" / "runs"
    deadline = time.monotonic() + 300
    while len([*records.rglob("*.json")]) < 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    subprocess.run(["scancel", *slurm.jobs()], check=True)
    text = process.communicate()[0]
    assert process.returncode != 0, text
    before = {path: path.stat().st_mtime_ns for path in records.rglob("*.json")}
    assert 0 < len(before) < 6
    process = submit(project)
    text = process.communicate()[0]
    assert process.returncode == 0, text
    assert len([*records.rglob("*.json")]) == 6, "five runs and their control"
    assert [*records.rglob(".*")] == [], "nothing half-done is left"
    verdicts = {name: found[0] for name, found in letters(project).items()}
    assert verdicts == {"seeded": "identical"}
    assert os.environ.get("SLURM_CONF") is None
