"""Real container engines: the CPU image as built, and what a job in it can and cannot do."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.workflow.contained import LOOK, WAITS, built, run, start
from tests.workflow.project import Project
from workflows.common.paths import ROOT
from workflows.environments.engines import get
from workflows.environments.engines.interface import Engine, Job
from workflows.environments.images.record import ImageRecord

pytestmark = pytest.mark.engine


@pytest.fixture(params=["docker", "podman", "apptainer"])
def engine(request: pytest.FixtureRequest, need: Need) -> Engine:
    """Each container engine that works here."""
    need(request.param)
    return get(request.param)


def exists(engine: Engine, job: Job) -> bool:
    """Whether the engine still knows a container of the job."""
    if engine.name == "apptainer":
        return False  # a container is its processes there
    names = subprocess.run(
        [engine.name, "ps", "--all", "--format", "{{.Names}}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return job.name in names.stdout.split()


def test_a_job_trains_and_leaves_files_that_are_its_callers(engine: Engine, job: Job) -> None:
    done = run(
        engine,
        job,
        "import sys, pathlib, torch, own\n"
        "torch.manual_seed(own.VALUE)\n"
        "number = int(pathlib.Path(sys.argv[1], 'number').read_text())\n"
        "folder = pathlib.Path(sys.argv[2], 'inner'); folder.mkdir()\n"
        "(folder / 'sum').write_text(str(torch.ones(number).sum().item()))\n",
    )
    assert done.returncode == 0, done.stderr
    result = job.output / "inner" / "sum"
    assert result.read_text() == "7.0"
    assert {result.stat().st_uid, job.output.stat().st_uid} == {os.getuid()}
    assert not exists(engine, job)


def test_a_job_is_shut_in(engine: Engine, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "64")
    done = run(engine, replace(job, environment={"PYTHONHASHSEED": "3"}), LOOK)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["uid"] not in (0, None)
    assert int(seen["capabilities"], 16) == 0
    assert seen["no_new_privileges"] == "1"
    assert seen["interfaces"] == ["lo"]
    assert seen["connect"] == "Network is unreachable"
    assert (seen["code"], seen["data"], seen["root"]) == ("Read-only file system",) * 3
    assert (seen["scratch"], seen["output"]) == (None, None)
    assert "PYTHONHASHSEED" in seen["environment"]
    assert "OMP_NUM_THREADS" not in seen["environment"]


@pytest.mark.parametrize("engine", ["docker", "podman"], indirect=True)
def test_a_job_beyond_its_memory_says_so(engine: Engine, job: Job) -> None:
    job = replace(job, memory_gb=0.25)
    job, process = start(engine, job, "held = b'x' * 2**30")
    code = process.wait(300)
    said = engine.explain(job, code)
    engine.clean(job)
    assert code != 0
    assert said == "out of memory: it needed more than the limit of 0.25 GB"


@pytest.mark.parametrize("engine", ["docker", "podman"], indirect=True)
def test_a_killed_job_is_gone(engine: Engine, job: Job) -> None:
    job, process = start(engine, job, WAITS)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    assert exists(engine, job)  # the client is dead, its container is not
    before = time.monotonic()
    engine.clean(job)
    assert not exists(engine, job)
    assert time.monotonic() - before < 10, "it was not asked to end first"
    engine.clean(job)  # harmless when nothing is left


def test_a_second_start_removes_what_the_first_left(engine: Engine, job: Job) -> None:
    left, process = start(engine, job, WAITS)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.wait(60)
    assert run(engine, left, "print(1)").stdout == "1\n"


def test_building_twice_from_scratch_gives_the_same_contents(need: Need, tmp_path: Path) -> None:
    need("docker")
    project = Project.copy(tmp_path)
    small = project.folder / "containers" / "small"
    small.mkdir()
    # Of the two builds of the whole environment below, each is by an engine of its own.
    lock = (ROOT / "containers" / "cpu" / "requirements.lock").read_text()
    pin = re.search(r"^filelock==.*(\n    --hash.*)+", lock, re.MULTILINE)
    assert pin
    (small / "requirements.in").write_text("filelock\n")
    (small / "requirements.lock").write_text(pin[0].removesuffix("\\") + "\n")
    output = tmp_path / "small.json"
    arguments = ["--twice", "--engine=docker", "--environment=small", f"--output={output}"]
    command = [sys.executable, "-m", "workflows.environments.build", *arguments]
    done = subprocess.run(
        command,
        cwd=project.folder,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "two builds from scratch have equal contents" in done.stderr
    assert list(ImageRecord.load(output).packages) == ["filelock"]


def test_docker_and_podman_build_the_same_contents(need: Need) -> None:
    need("docker")
    need("podman")
    docker, podman = built("docker"), built("podman")
    assert docker.base == podman.base
    assert docker.content_digest == podman.content_digest
    assert docker.packages["torch"] == "2.13.0+cpu"
    assert docker.system and {"libc6:amd64", "zlib1g:amd64"} <= set(docker.system.packages)
