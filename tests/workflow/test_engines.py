"""The pipeline in real containers: images built from the locks, runs shut in, verdicts alike."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Need
from tests.support.waiting import until
from tests.workflow.project import Project

pytestmark = pytest.mark.late

BENCHMARKS: dict[str, Any] = {
    "docker": {"toy": {"steps": 1000}, "cifar10": {"steps": 30}},
    "podman": {"toy": {"steps": 1000}},
}


@pytest.mark.engine
@pytest.mark.usefixtures("cifar10_data")
@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_the_matrix_in_real_containers(engine: str, tmp_path: Path, need: Need) -> None:
    need(engine)
    benchmarks = BENCHMARKS[engine]
    project = Project.copy(
        tmp_path, engine=engine, benchmarks=benchmarks, repeats=dict.fromkeys(benchmarks, 2),
        configurations=["unseeded", "seeded"],
    )  # fmt: skip
    done = project.snakemake("results/matrix.json")
    assert done.returncode == 0, done.stderr
    for benchmark in benchmarks:
        assert project.cell(benchmark, "seeded")["verdict"] == "identical"
        unseeded = project.cell(benchmark, "unseeded")
        assert unseeded["verdict"] == "differs"
        assert unseeded["first_difference"]["phase"] == "initial weights"
    assert project.cell("toy", "seeded")["published"]["digits"] > 5
    record = json.loads(project.record("toy", "seeded").read_text())
    image = json.loads((tmp_path / "results" / "images" / "cpu.json").read_text())
    assert record["image"]["engine"] == image["engine"] == engine
    assert record["image"]["content_digest"] == image["content_digest"]
    assert "network" in record["image"]["isolation"]
    assert project.planned("results/matrix.json") == []


@pytest.fixture
def bad(tmp_path: Path, need: Need) -> Project:
    """A project on docker whose benchmark `own` is still to be written."""
    need("docker")
    return Project.copy(
        tmp_path,
        engine="docker",
        benchmarks={"own": {}},
        configurations=["seeded"],
        repeats={"own": 2},
        limits={"minutes": 0.5, "memory_gb": 1.0},
    )


def containers(project: Project) -> list[str]:
    """Return all containers that see a folder of the project; others' are no concern of a test."""
    command = ["docker", "ps", "--all", "--no-trunc", "--format", "{{.Names}} {{.Mounts}}"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if f"{project.folder}/" in line]


@pytest.mark.engine
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("bytearray(3 * 10**9)", "out of memory: it needed more than the limit of 1 GB"),
        ("open(__file__, 'w')", "Read-only file system"),
        (
            "__import__('socket').create_connection(('192.0.2.1', 80), 3)",
            "Network is unreachable",
        ),
        ("time.sleep(600)", "took longer than the 0.5 minutes"),
    ],
    ids=["memory", "read-only", "network", "time"],
)
def test_a_container_is_shut_in(bad: Project, body: str, reason: str) -> None:
    bad.own("own", body)
    left = bad.record("own", "seeded")
    done = bad.snakemake(str(left.relative_to(bad.folder)))
    assert done.returncode == 0, done.stderr
    record = json.loads(left.read_text())
    assert record["status"] == "failed"
    assert reason in record["reason"]
    assert containers(bad) == []


@pytest.mark.engine
def test_an_interrupted_launch_ends_its_container(bad: Project) -> None:
    bad.own("own", "time.sleep(600)")
    process = subprocess.Popen(
        bad.command(),
        cwd=bad.folder,
        env=bad.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until("run under way", lambda: containers(bad))
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C in a terminal: everyone gets it
    try:
        process.wait(180)
    except subprocess.TimeoutExpired:  # Snakemake's own handler can deadlock on its lock
        process.kill()
    until("end of all containers", lambda: not containers(bad), 300)
    assert not bad.record("own", "seeded").exists(), "an interrupted run is not a failed run"


def test_a_named_engine_that_does_not_work_is_an_error_with_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.copy(tmp_path / "project", engine="docker")
    fake = tmp_path / "bin" / "docker"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent), prepend=":")
    done = project.snakemake("--dry-run")
    assert done.returncode != 0
    assert "error: engine docker: " in done.stderr
    assert "Cannot connect to the Docker daemon" in done.stderr
    assert "engine: venv" in done.stderr, "the fix is named"
    assert "Traceback" not in done.stderr
    project.experiment["engine"] = "auto"
    done = project.snakemake("results/plan.json")
    plan = json.loads((project.folder / "results" / "plan.json").read_text())
    assert plan["engine"] in ("podman", "venv")
    assert "not docker: " in plan["why"], "auto says why it did not take the first"
