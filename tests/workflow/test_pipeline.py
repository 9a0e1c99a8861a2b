"""The pipeline on the engine venv: real environment, real data, real Snakemake."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.waiting import until
from tests.workflow.project import Project
from workflows.common.files import sealed, write_json
from workflows.common.guarded import session
from workflows.experiment.planned import FLIPPED

pytestmark = pytest.mark.usefixtures("cifar10_data")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose small experiment has run to its end."""
    project = Project.copy(tmp_path_factory.mktemp("finished"), controls=["generator"])
    done = project.snakemake()
    assert done.returncode == 0, done.stderr
    assert "identical A" in done.stdout, "the table is printed"
    return project


def test_matrix(finished: Project) -> None:
    for benchmark, tensor in (("toy", "0.weight"), ("cifar10", "conv1.weight")):
        unseeded = finished.cell(benchmark, "unseeded")
        assert unseeded["verdict"] == "differs" and unseeded["distinct"] == 2
        assert unseeded["first_difference"]["phase"] == "initial weights"
        assert unseeded["first_difference"]["tensor"] == tensor
        for configuration in ("seeded", "strict"):
            cell = finished.cell(benchmark, configuration)
            assert (cell["verdict"], cell["repeats"]) == ("identical", 2)
    assert finished.cell("toy", "seeded")["classes"] == ["A", "A"]
    assert finished.cell("toy", "strict")["classes"] == ["A", "A"]
    assert finished.cell("toy", "seeded")["published"]["digits"] > 5
    for form in ("matrix.csv", "matrix.md", "summary.txt"):
        assert (finished.folder / "results" / form).stat().st_size > 0


def test_records_say_where_they_come_from(finished: Project) -> None:
    record = json.loads(finished.record("cifar10", "seeded").read_text())
    image = json.loads((finished.folder / "results" / "images" / "cpu.json").read_text())
    assert record["image"]["content_digest"] == image["content_digest"]
    assert record["image"]["engine"] == "venv"
    assert record["held"]["versions"]["torch"] == "2.13.0+cpu"
    assert record["held"]["flags"]["threads"] == 1


def test_nothing_is_done_twice_and_fast(finished: Project) -> None:
    started, before = time.monotonic(), sum(os.times()[2:4])
    done = finished.snakemake()
    assert "Nothing to be done" in done.stdout + done.stderr
    assert sum(os.times()[2:4]) - before < 15, "on the processors, which others use too"
    assert time.monotonic() - started < 90, "and it waits for nothing"


def test_touched_files_change_nothing(finished: Project) -> None:
    for path in ("benchmarks/toy.py", "benchmarks/harness/trace.py", "results/images/cpu.json"):
        os.utime(finished.folder / path)
    assert finished.planned() == []


def all_runs(benchmark: str, *configurations: str) -> list[str]:
    """Return all runs of a benchmark; `strict` holds the negative controls."""
    controls = [f"{benchmark}/{each}" for each in CONTROLS if "strict" in configurations]
    runs = [f"{benchmark}/{c}/{repeat}" for c in configurations for repeat in range(2)]
    return sorted([*runs, *controls])


EVERY = ("seeded", "strict", "unseeded")
CONTROLS = [f"strict/{name}/0" for name in (FLIPPED, f"{FLIPPED}-generator")]


def test_a_changed_benchmark_runs_its_own_again(finished: Project, tmp_path: Path) -> None:
    project = reuse(finished, tmp_path)
    project.edit("benchmarks/toy.py", "LEARNING_RATE = 1e-4", "LEARNING_RATE = 2e-4")
    assert project.planned_runs() == all_runs("toy", *EVERY)


def test_a_changed_setting_runs_again_what_uses_it(finished: Project, tmp_path: Path) -> None:
    project = reuse(finished, tmp_path)
    project.edit("benchmarks/settings.py", 'PYTHONHASHSEED="{seed}"', 'PYTHONHASHSEED="0"')
    assert project.planned_runs() == all_runs("cifar10", "strict") + all_runs("toy", "strict")
    project.edit("benchmarks/settings.py", "manual_seed(seed)", "manual_seed(seed + 1)")
    seeded = ("seeded", "strict")
    assert project.planned_runs() == all_runs("cifar10", *seeded) + all_runs("toy", *seeded)


def test_a_changed_configuration_is_planned_judged_and_done_again(
    finished: Project, tmp_path: Path
) -> None:
    project = reuse(finished, tmp_path)
    project.experiment["benchmarks"] = {"toy": {"steps": 200}}
    project.experiment["repeats"] = {"toy": 2}
    project.edit(
        "benchmarks/configurations.py",
        '"seeded": ["torch-seed"]',
        '"seeded": ["torch-seed", "numpy-seed"]',
    )
    assert project.planned_runs() == all_runs("toy", "seeded")
    done = project.snakemake()
    assert done.returncode == 0, done.stderr
    assert project.cell("toy", "seeded")["verdict"] == "identical"


def test_auto_keeps_the_engine_of_the_results(finished: Project, tmp_path: Path) -> None:
    project = reuse(finished, tmp_path)
    project.experiment["engine"] = "auto"
    assert project.planned_runs() == []
    plan = tmp_path / "results" / "plan.json"
    write_json(plan, sealed(json.loads(plan.read_text()) | {"engine": "host"}))
    done = project.snakemake("--dry-run")
    assert done.returncode != 0
    assert "error: results/ were made with host, which does not work now" in done.stderr


def test_changed_code_of_every_run_runs_everything_again(finished: Project, tmp_path: Path) -> None:
    project = reuse(finished, tmp_path)
    project.edit(
        "benchmarks/harness/training.py", "torch.set_num_threads", "torch.set_num_threads "
    )
    assert project.planned_runs() == sorted(all_runs("cifar10", *EVERY) + all_runs("toy", *EVERY))


def test_a_changed_judge_judges_again_and_runs_nothing(finished: Project, tmp_path: Path) -> None:
    project = reuse(finished, tmp_path)
    project.edit("workflows/compare/verdict.py", "def judge(", "def judge (")
    planned = project.planned()
    assert "results/matrix.json" in planned and project.planned_runs() == []


def test_changed_numbers_run_what_depends_on_them(finished: Project, tmp_path: Path) -> None:
    project = reuse(finished, tmp_path)
    project.experiment["repeats"] = {"toy": 3, "cifar10": 2}
    assert project.planned_runs() == sorted(f"toy/{c}/2" for c in EVERY)
    project.experiment["benchmarks"] = {"toy": {"steps": 201}, "cifar10": {"steps": 12}}
    runs = [f"toy/{c}/{repeat}" for c in EVERY for repeat in range(3)]
    assert project.planned_runs() == sorted([*runs, *(f"toy/{each}" for each in CONTROLS)])
    project.experiment = {**finished.experiment, "limits": {"minutes": 7}}
    assert project.planned_runs() == [], "limits do not change bits"


def test_a_changed_lock_builds_again_and_runs_again(finished: Project, tmp_path: Path) -> None:
    project = reuse(finished, tmp_path)
    lock = project.folder / "containers" / "cpu" / "requirements.lock"
    lock.write_text(lock.read_text() + "# a comment\n")
    planned = project.planned()
    assert "results/images/cpu.json" in planned
    assert project.planned_runs() == sorted(all_runs("cifar10", *EVERY) + all_runs("toy", *EVERY))


def test_what_the_engine_does_not_use_changes_nothing(finished: Project, tmp_path: Path) -> None:
    project = reuse(finished, tmp_path)
    recipe = project.folder / "containers" / "Dockerfile"
    recipe.write_text(recipe.read_text() + "# a comment\n")
    assert project.planned() == [], "the engine venv has no use for a Dockerfile"


def test_a_record_that_was_removed_is_made_again_alone(finished: Project, tmp_path: Path) -> None:
    project = reuse(finished, tmp_path)
    project.record("toy", "strict", 1).unlink()
    assert project.planned_runs() == ["toy/strict/1"]
    target = "results/runs/cpu/cpu/toy/strict/baseline/1.json"
    done = subprocess.run(
        [*project.command(), "--", target],
        cwd=project.folder,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert project.record("toy", "strict", 1).exists()
    assert project.planned_runs() == []


def reuse(finished: Project, folder: Path) -> Project:
    """Copy a finished project, with its results and what Snakemake knows of them."""
    subprocess.run(["cp", "-a", f"{finished.folder}/.", str(folder)], check=True)
    return Project(folder, dict(finished.experiment))


REPEATS = 6
"""Of an experiment that is interrupted once three are done."""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_and_resumed(tmp_path: Path, how: signal.Signals) -> None:
    project = Project.copy(
        tmp_path,
        benchmarks={"toy": {"steps": 200}},
        configurations=["seeded"],
        repeats={"toy": REPEATS},
    )
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            project.command(), cwd=tmp_path, env=project.environment(), stderr=log, stdout=log,
            start_new_session=True,
        )  # fmt: skip
        until("three records", lambda: len(records(project)) >= 3)
        process.send_signal(how)
        try:
            process.wait(180)
        except subprocess.TimeoutExpired:  # Snakemake's own handler can deadlock on its lock
            how = signal.SIGKILL
            process.kill()
            process.wait(180)
    if how == signal.SIGKILL:
        assert session(process.pid), "control: launches outlive Snakemake"
        until("end of launches", lambda: not session(process.pid))
        assert project.snakemake("--unlock").returncode == 0
    before = records(project)
    assert len(before) <= REPEATS, "a control comes on top"
    done = project.snakemake("results/matrix.json")
    assert done.returncode == 0, done.stderr
    after = records(project)
    again = [path for path in before if after[path] != before[path]]
    assert len(again) <= 4, "only what was under way, one run a core, is done again"
    assert len(before) > len(again)
    assert project.cell("toy", "seeded")["repeats"] == REPEATS
    runs = tmp_path / "results" / "runs"
    assert [p for p in runs.glob("**/.*") if p.is_dir()] == [], "nothing half-done is left"


def records(project: Project) -> dict[Path, int]:
    """Return the finished records and when each was made."""
    found = (project.folder / "results" / "runs").glob("*/*/*/*/*/[0-9]*.json")
    return {path: path.stat().st_mtime_ns for path in found}
