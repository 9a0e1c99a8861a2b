"""What goes wrong on a cluster: in the end a whole matrix, nothing lost, nothing counted twice."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.waiting import until
from tests.workflow import slurm
from tests.workflow.project import Project
from workflows.common.files import write_json
from workflows.environments.engines import get
from workflows.runs.record import read

by_hand = pytest.mark.skipif("CI" in os.environ, reason="takes two to four minutes: run it by hand")
REPEATS = 4
RUNS = REPEATS + 1
"""The negative control is one more."""


@pytest.fixture
def project(cluster: slurm.Cluster, tmp_path: Path, torch_python: Path) -> Project:
    """Five runs of some seconds that make one Slurm job: four repeats, and their control."""
    project = Project.copy(
        tmp_path,
        benchmarks={"slow": {"steps": 3}},
        configurations=["seeded"],
        repeats={"slow": REPEATS},
    )
    project.own("slow", "time.sleep(2)")
    return project


def records(project: Project) -> dict[Path, bytes]:
    """Return the finished records, whose times tell one run from another."""
    folder = project.folder / "results" / "runs"
    found = [
        path for path in folder.rglob("[0-9]*.json") if "/." not in f"/{path.relative_to(folder)}"
    ]
    return {path: path.read_bytes() for path in found}  # none in the making: in a hidden folder


def half_way(project: Project, *arguments: str) -> tuple[slurm.Submitted, str]:
    """Submit; return when two runs are done and a third is under way, with the job's id."""
    process = slurm.submit(project, *arguments)
    until("two records", lambda: len(records(project)) >= 2)
    folder = project.folder / "results" / "runs"
    until("third run", lambda: [*folder.rglob(".[0-9]*")])
    (job,) = slurm.jobs()
    return process, job


def ended(process: slurm.Submitted, *, well: bool) -> str:
    """Wait for Snakemake's end; return what it said."""
    text = process.communicate(timeout=600)[0]
    assert (process.returncode == 0) is well, text
    return text


def check_complete(project: Project, kept: dict[Path, bytes]) -> None:
    """Check that every run is there once and whole, and those in `kept` as they were."""
    after = records(project)
    assert len(after) == RUNS
    assert len({read(path).record.run.path for path in after}) == RUNS, "each answers for itself"
    assert {path: after[path] for path in kept} == kept, "what was done is not done again"
    hidden = [*(project.folder / "results" / "runs").rglob(".*")]
    assert hidden == [], "nothing half-done is left"
    cell = project.cell("slow", "seeded")
    assert (cell["verdict"], cell["repeats"]) == ("identical", REPEATS)


def complete_after(project: Project, kept: dict[Path, bytes]) -> None:
    """Give the same command a second time, and check what is there then."""
    assert 2 <= len(kept) < RUNS
    ended(slurm.submit(project), well=True)
    check_complete(project, kept)


@by_hand
def test_a_requeued_job_starts_its_runs_again(project: Project) -> None:
    process, job = half_way(project)
    slurm.scontrol("requeue", job)
    until("end of the job's first life", lambda: slurm.shown(job)["JobState"] == "PENDING")
    slurm.scontrol("update", f"jobid={job}", "starttime=now")  # Slurm would wait two minutes
    ended(process, well=True)
    assert slurm.shown(job)["Restarts"] == "1"
    check_complete(project, {})


@by_hand
@pytest.mark.parametrize("requeue", [True, False], ids=["requeued", "not requeued"])
def test_a_node_that_dies(project: Project, cluster: slurm.Cluster, requeue: bool) -> None:
    process, job = half_way(project, *([] if requeue else ["--slurm-no-requeue"]))
    node = slurm.shown(job)["NodeList"]
    cluster.kill(node)
    kept = records(project)
    try:
        slurm.scontrol("update", f"nodename={node}", "state=down", "reason=died")
        if requeue:
            until("requeued job", lambda: slurm.shown(job)["JobState"] == "PENDING")
            slurm.scontrol("update", f"jobid={job}", "starttime=now")
            ended(process, well=True)
            assert slurm.shown(job)["NodeList"] not in ("", node), "on the other node"
            check_complete(project, {})
        else:
            ended(process, well=False)
            assert slurm.shown(job)["JobState"] == "NODE_FAIL"
            complete_after(project, kept)
    finally:
        cluster.revive(node)


@by_hand
def test_a_job_over_its_time_limit(project: Project) -> None:
    project.own("slow", "time.sleep(6)")  # Slurm's least limit is a minute, and half a one more
    process, job = half_way(project)
    slurm.scontrol("update", f"jobid={job}", "timelimit=1")
    ended(process, well=False)
    # FAILED where it came between two runs, and the job ended by itself before Slurm could end it.
    after = slurm.shown(job)
    assert after["JobState"] in ("TIMEOUT", "FAILED") and after["TimeLimit"] == "00:01:00", after
    complete_after(project, records(project))


@by_hand
def test_snakemake_is_killed_and_its_job_goes_on(project: Project) -> None:
    process, job = half_way(project)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert "--unlock" in ended(slurm.submit(project), well=False), "a lock is left, and it says so"
    subprocess.run(project.command("--unlock"), cwd=project.folder, check=True)
    # The first job still runs: its copy of a run and the second job's meet, the later one stays.
    again = slurm.submit(project)
    again.communicate(timeout=600)
    until("end of all jobs", lambda: not slurm.jobs())
    if again.returncode:
        logs = (project.folder / ".snakemake" / "slurm_logs").rglob("*.log")
        assert any(
            "a later launch of the same run has taken its place" in p.read_text() for p in logs
        )
        ended(slurm.submit(project), well=True)
    check_complete(project, {})
    assert slurm.shown(job)["JobState"] in ("FAILED", "COMPLETED")


def test_runs_on_a_gpu_have_one_each(project: Project) -> None:
    project.experiment |= {
        "environments": ["cuda"], "devices": ["cuda"], "benchmarks": {"toy": {"steps": 3}},
        "configurations": ["seeded"], "repeats": {"toy": 2},
        "limits": {"minutes": 7, "memory_gb": 2},
    }  # fmt: skip
    # Without a driver nothing of an environment is started: another one's record will do.
    image = get("venv").build("cpu").model_copy(update={"environment": "cuda"})
    write_json(project.folder / "results/images/cuda.json", image.model_dump(mode="json"))
    runs = [f"results/runs/cuda/cuda/toy/seeded/baseline/{repeat}.json" for repeat in range(2)]
    patient = ("--slurm-init-seconds-before-status-checks", "20")  # as long as the jobs take
    text = ended(slurm.submit(project, *patient, targets=runs), well=True)
    asked = [slurm.shown(number) for number in re.findall(r"SLURM jobid (\d+)", text)]
    assert len(asked) == 2, "not grouped"
    for job in asked:
        assert (job["Partition"], job["TresPerJob"]) == ("gpu", "gres:gpu:1")
        assert (job["TimeLimit"], job["MinMemoryNode"]) == ("00:09:00", "3048M")
    reasons = {read(project.folder / path).record.reason for path in runs}
    assert reasons == {"no NVIDIA driver on this machine"}
