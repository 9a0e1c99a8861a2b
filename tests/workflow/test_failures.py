"""Runs that end badly: each leaves a `failed` record with its reason, and the rest goes on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.support import own
from tests.workflow.project import Project

FLOAT = "yield Step((), 0.5)"
LINE = 1 + own.TEXT.splitlines().index("        BODY")
BAD = {
    "crash": ("os._exit(7)", "ended with exit code 7 and left no record"),
    "gone": ("os._exit(0)", "ended with exit code 0 and left no record"),
    "raises": ("raise ValueError('planted')", "ValueError: planted"),
    "killed": ("os.kill(os.getpid(), signal.SIGTERM)", "killed by signal 15 (SIGTERM)"),
    "slow": ("time.sleep(600)", "took longer than the 0.4 minutes of limits.minutes"),
    "hungry": ("torch.ones(2**31)", "out of memory"),
    "floats": (FLOAT, f"benchmarks/floats.py:{LINE}: the loss is of the type float: expected"),
}


@pytest.fixture(scope="module")
def failed(
    tmp_path_factory: pytest.TempPathFactory, torch_python: Path
) -> tuple[Project, subprocess.CompletedProcess[str]]:
    """A finished experiment in which seven benchmarks end badly, one cannot begin."""
    project = Project.copy(
        tmp_path_factory.mktemp("failed"),
        benchmarks={"toy": {"steps": 100}, **{name: {} for name in [*BAD, "silent"]}},
        configurations=["seeded"],
        repeats=dict.fromkeys(["toy", *BAD, "silent"], 2),
        limits={"minutes": 0.4, "memory_gb": 4.0},
    )
    for name, (body, _) in BAD.items():
        project.own(name, body)
    own.write_silent(project.folder)
    return project, project.snakemake()


@pytest.mark.parametrize("name", BAD)
def test_each_leaves_a_failed_record_with_its_reason(name: str, failed: Any) -> None:
    project, _ = failed
    record = json.loads(project.record(name, "seeded").read_text())
    assert record["status"] == "failed"
    assert BAD[name][1] in record["reason"]
    cell = project.cell(name, "seeded")
    assert (cell["verdict"], cell["classes"]) == ("failed", [])


def test_the_rest_goes_on_and_the_exit_code_says_so(failed: Any) -> None:
    project, done = failed
    assert project.cell("toy", "seeded")["verdict"] == "identical"
    assert done.returncode != 0
    assert "failed: runs/cpu/cpu/crash/seeded/baseline" in done.stdout + done.stderr
    assert "reprise retry" in done.stdout + done.stderr
    assert (project.folder / "results" / "matrix.md").exists()


def test_a_ci_system_is_told_file_and_line(failed: Any, tmp_path: Path) -> None:
    project, _ = failed
    report = tmp_path / "junit.xml"
    words = [sys.executable, "-m", "workflows", "show", "--junit", str(report)]
    done = subprocess.run(words, cwd=project.folder, capture_output=True, check=False)
    assert done.returncode == 1, "something failed"
    root = ElementTree.parse(report).getroot()  # noqa: S314
    errors = {
        each.get("name"): case[0].get("message", "")
        for each in root for case in each.iterfind("testcase[error]")
    }  # fmt: skip
    assert errors.keys() == {*BAD, "silent"}, "the toy has none"
    assert BAD["floats"][1] in errors["floats"]
    assert errors["silent"].startswith("benchmarks/silent.py:")


def test_a_second_call_fails_again_without_running_anything(failed: Any) -> None:
    project, _ = failed
    before = project.record("slow", "seeded").stat().st_mtime_ns
    assert project.planned_runs() == []
    assert project.snakemake().returncode != 0
    assert project.record("slow", "seeded").stat().st_mtime_ns == before


def test_nothing_of_an_ended_run_is_left(failed: Any) -> None:
    project, _ = failed
    assert [p for p in (project.folder / "results").glob("**/.*") if p.is_dir()] == []
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert str(project.folder) not in listed.stdout.replace("pytest", "")


def test_retry_runs_again_what_failed_and_nothing_else(failed: Any, tmp_path: Path) -> None:
    original, _ = failed
    subprocess.run(["cp", "-a", f"{original.folder}/.", str(tmp_path)], check=True)
    project = Project(tmp_path, original.experiment)
    command = [sys.executable, "-m", "workflows", "retry", "--", "--dry-run"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{3 * len(BAD)} runs to run again\n")
    repeats = (0, 1, "bit-flip/0")
    assert project.planned_runs() == sorted(f"{name}/seeded/{r}" for name in BAD for r in repeats)


def test_a_repaired_benchmark_runs_again_and_heals_the_matrix(failed: Any) -> None:
    project, _ = failed
    repaired = ("crash", "silent")
    for name in repaired:
        project.own(name, "pass")
    assert project.snakemake().returncode != 0, "the others are as they were"
    verdicts = {name: project.cell(name, "seeded")["verdict"] for name in [*BAD, "silent"]}
    assert verdicts == {**dict.fromkeys(BAD, "failed"), **dict.fromkeys(repaired, "identical")}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": -1}, "seed = -1: expected greater than or equal to 0"),
        ({"configurations": ["sedeed"]}, "(did you mean seeded?)"),
        ({"repeatz": {}}, "repeatz: unknown key (did you mean repeats?)"),
    ],
)
def test_a_wrong_experiment_is_one_line(tmp_path: Path, change: Any, message: str) -> None:
    project = Project.copy(tmp_path, **change)
    done = project.snakemake()
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    (said, *_) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert re.match(r"error: \S*experiment\.yaml:\d+: ", said), "its file and line"
    assert not (tmp_path / "results").exists()


def test_a_run_that_the_experiment_does_not_plan_is_named(tmp_path: Path) -> None:
    project = Project.copy(tmp_path)
    target = "results/runs/cpu/cpu/toy/seeded/baseline/99.json"
    done = subprocess.run(
        [*project.command(), "--", target],
        cwd=tmp_path, env=project.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert f"No rule to produce {target}" in done.stderr
    assert "Traceback" not in done.stderr
