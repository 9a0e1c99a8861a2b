"""The costs on the engine venv: a planted slowdown is found, interruptions break no pair."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.waiting import until
from tests.workflow.project import Project
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.load import load
from workflows.studies.costs.plan import measurements
from workflows.studies.costs.result import Costs
from workflows.studies.costs.table import CONTROL, table

pytestmark = pytest.mark.late

ROUNDS = 6
REFUSES = "det and fill and torch.zeros(3).put_(torch.tensor([0]), torch.ones(1))"
BODY = (
    "det = torch.are_deterministic_algorithms_enabled(); "
    "fill = torch.utils.deterministic.fill_uninitialized_memory; "
    f"{REFUSES}; time.sleep(0.01 if det else 0.005)"
)
"""Each step sleeps 5 ms, 5 ms more in deterministic mode; with the fill it is refused."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a benchmark of known costs; nothing has run."""
    project = Project.copy(
        tmp_path_factory.mktemp("costs"),
        benchmarks={"own": {"steps": 40}},
        configurations=[
            "seeded",
            {"slow": ["deterministic-algorithms"]},
            {"refused": ["deterministic-algorithms", "memory-fill"]},
        ],
        repeats={"own": 2},
        costs={"own": {"rounds": ROUNDS}},
    )
    project.own("own", BODY)
    return project


@pytest.fixture(scope="module")
def interrupted(project: Project) -> dict[int, dict[str, Any]]:
    """Stop the measuring in the middle of its third round; return the marks of the whole ones."""
    done = project.snakemake("results/images/cpu.json")
    assert done.returncode == 0, done.stderr
    process = subprocess.Popen(command(project), cwd=project.folder, env=project.environment())
    try:
        until(
            "record of the third round, or end",
            lambda: any((folder(project) / "2").glob("*.json")) or process.poll() is not None,
        )
        assert process.poll() is None, "control: it was under way"
        process.send_signal(signal.SIGTERM)
        assert process.wait(300) == 128 + signal.SIGTERM
    finally:
        process.kill()
    return marks(project)


@pytest.fixture(scope="module")
def costs(project: Project, interrupted: dict[int, dict[str, Any]]) -> Costs:
    """Return the table that Snakemake makes, going on from the interrupted measuring."""
    done = project.snakemake("all_costs")  # a close look at what has no seed is no cost
    assert done.returncode == 0, done.stderr
    return Costs.load(folder(project).with_suffix(".json"))


def folder(project: Project) -> Path:
    return project.folder / "results" / "costs" / "cpu" / "cpu" / "own"


def command(project: Project) -> list[str]:
    catalogue = Catalogue.read(project.folder)
    [plan] = measurements(load(project.experiment, catalogue), catalogue, {})
    arguments = ["--plan", plan.model_dump_json(), "--image", "results/images/cpu.json"]
    arguments += ["--output", "results/costs/cpu/cpu/own.json"]
    return [sys.executable, "-m", "workflows.studies.costs.run", *arguments]


def marks(project: Project) -> dict[int, dict[str, Any]]:
    found = folder(project).glob("*/.whole.json")
    return {int(path.parent.name): json.loads(path.read_text()) for path in found}


def records(project: Project) -> dict[str, str]:
    """Return when each run started, by ROUND/ARM."""
    return {
        f"{path.parent.name}/{path.stem}": json.loads(path.read_text())["timing"]["started"]
        for path in folder(project).glob("*/[!.]*.json")
    }


def test_an_interruption_keeps_whole_rounds_alone(
    project: Project, interrupted: dict[int, dict[str, Any]]
) -> None:
    assert sorted(interrupted) == [0, 1]
    assert not folder(project).with_suffix(".json").exists()
    left = [path.name for path in folder(project).glob("2/.*")]
    assert left == [], "what was under way is gone"


def test_whole_rounds_are_kept_and_the_broken_one_is_measured_again(
    project: Project, interrupted: dict[int, dict[str, Any]], costs: Costs
) -> None:
    assert len(costs.rounds) == ROUNDS
    found = marks(project)
    assert {number: found[number] for number in (0, 1)} == interrupted
    started = records(project)
    for number, each in enumerate(costs.rounds):
        within = [when for name, when in started.items() if name.startswith(f"{number}/")]
        assert len(within) == len(each.arms) and min(within) >= each.started


def test_the_planted_slowdown_is_found_and_the_control_shows_none(costs: Costs) -> None:
    rows = {row.configuration: row for row in costs.rows}
    slow = rows["slow"].estimate
    assert slow is not None and rows["slow"].verdict == "costs"
    assert slow.low > 1.2 and slow.ratio < 2.2, "5 ms on top of 5 ms"
    # By chance, one interval of 32 misses; hardly both of them, and by much never.
    verdicts = [rows["seeded"].verdict, costs.control.verdict]
    assert "no measurable cost" in verdicts
    for row in (rows["seeded"], costs.control):
        assert row.estimate is not None and row.estimate.low < 1.1 and row.estimate.high > 0.9
    assert costs.tracing.estimate is not None
    shown = dict(table([costs])[1])
    assert "costs" in shown["slow"] and "to" in shown[CONTROL]


def test_a_refused_configuration_has_a_reason_and_no_cost(costs: Costs) -> None:
    row = next(row for row in costs.rows if row.configuration == "refused")
    assert (row.verdict, row.estimate) == ("refused", None)
    assert row.reason is not None and "put_" in row.reason and "(round 0)" in row.reason
    assert [("refused" in each.arms) for each in costs.rounds] == [True] + [False] * (ROUNDS - 1)


def test_the_arms_run_one_at_a_time_and_untraced(project: Project, costs: Costs) -> None:
    for path in folder(project).glob("*/[!.]*.json"):
        record = json.loads(path.read_text())
        traced = path.stem.endswith(".traced")
        assert record["run"]["traced"] is traced
        assert (record["trace"]["steps"] > 0) == traced or record["status"] == "refused"
    assert costs.machine.cores == len(os.sched_getaffinity(0))
    assert all(each.load_before >= 0 for each in costs.rounds)


def test_an_edited_benchmark_is_measured_again(project: Project, costs: Costs) -> None:
    # Before any measuring by hand: Snakemake trusts its own notes of a file that it wrote alone.
    assert project.planned("all_costs") == []
    file = project.folder / "benchmarks" / "own.py"
    text = file.read_text()
    file.write_text(text.replace("0.1 * w.grad", "0.2 * w.grad"))
    assert "results/costs/cpu/cpu/own.json" in project.planned("all_costs")
    file.write_text(text)
    assert project.planned("all_costs") == []


def test_nothing_is_measured_twice(project: Project, costs: Costs) -> None:
    before = records(project)
    done = subprocess.run(
        command(project), cwd=project.folder, env=project.environment(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr.count(": kept") == ROUNDS, done.stderr
    assert records(project) == before
    assert Costs.load(folder(project).with_suffix(".json")) == costs


def test_an_altered_record_is_measured_again_with_its_whole_round(
    project: Project, costs: Costs
) -> None:
    path = folder(project) / "4" / "seeded.json"
    path.write_text(path.read_text().replace('"seeded"', '"strict"', 1))
    before = records(project)
    done = subprocess.run(
        command(project), cwd=project.folder, env=project.environment(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr.count(": kept") == ROUNDS - 1, done.stderr
    changed = {name for name, when in records(project).items() if before[name] != when}
    assert {name.split("/")[0] for name in changed} == {"4"}
    assert len(changed) == len(costs.rounds[4].arms)
