"""The experiment on a real Slurm through the profile: complete; cancelled, and then complete."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.support.waiting import until
from tests.workflow import slurm
from tests.workflow.project import Project
from workflows.compare.outcome import outcome
from workflows.runs.record import read

FEW = {"configurations": ["seeded"], "repeats": {"toy": 2}}
"""Where it is not the letters that are at stake."""


@pytest.fixture
def project(cluster: slurm.Cluster, tmp_path: Path, torch_python: Path) -> Project:
    """The toy, some runs of a second or two."""
    return Project.copy(
        tmp_path,
        benchmarks={"toy": {"steps": 100}},
        configurations=["unseeded", "seeded"],
        repeats={"toy": 3},
    )


def letters(project: Project) -> dict[str, tuple[str, list[str]]]:
    return {
        cell["configuration"]: (cell["verdict"], cell["classes"])
        for cell in project.matrix["cells"]
    }


def test_the_same_letters_as_here(project: Project, tmp_path: Path) -> None:
    process = slurm.submit(project)
    text = process.communicate()[0]
    assert process.returncode == 0, text
    ran = {int(number) for number in re.findall(r"SLURM jobid (\d+)", text)}
    # An image, seven runs together, two or three close looks together: not a job for each.
    assert 2 <= len(ran) <= 4, text
    group = next(
        found
        for number in ran
        if (found := slurm.shown(str(number)))["NumCPUs"] == "1"
        and found["Comment"].startswith("rule_runs")
    )
    # Seven runs, one after the other: 7 x (60 + 2) minutes, the memory of one.
    assert (group["TimeLimit"], group["MinMemoryNode"]) == ("07:14:00", "4000M")
    assert letters(project) == {
        "unseeded": ("differs", ["B", "C", "D"]), "seeded": ("identical", ["A"] * 3),
    }  # fmt: skip
    runs = [read(project.record("toy", "seeded", repeat)).record for repeat in range(3)]
    assert len({run.timing.started for run in runs if run.timing}) == 3, (
        "each repeat is its own run"
    )
    local = Project.copy(tmp_path / "local", **project.experiment)
    here = local.record("toy", "seeded")
    assert local.snakemake(str(here.relative_to(local.folder))).returncode == 0
    one, other = (read(path) for path in (project.record("toy", "seeded"), here))
    assert outcome(one) == outcome(other), "the very same bits"


def test_in_apptainer_as_well(project: Project, open_folder: Path, need: Need) -> None:
    need("apptainer")
    contained = Project.copy(open_folder / "project", **project.experiment)
    contained.experiment |= {"engine": "apptainer", **FEW}
    process = slurm.submit(contained)
    text = process.communicate()[0]
    assert process.returncode == 0, text
    assert letters(contained) == {"seeded": ("identical", ["A"] * 2)}
    image = read(contained.record("toy", "seeded")).record.image
    assert image is not None
    assert image.engine == "apptainer"


def test_any_queue_that_has_a_command(project: Project) -> None:
    project.experiment |= FEW
    process = slurm.submit(project, profile="cluster-generic")
    text = process.communicate()[0]
    assert process.returncode == 0, text
    ran = re.findall(r"Submitted group job \S+ with external jobid '(\d+)'", text)
    assert ran and slurm.shown(ran[0])["JobName"] == "generic", text
    assert letters(project) == {"seeded": ("identical", ["A"] * 2)}


@pytest.mark.skipif("CI" in os.environ, reason="takes four minutes: run it by hand")
def test_cancelled_and_completed(project: Project) -> None:
    slow = "time.sleep(3)"  # at each of five steps
    project.own("slow", slow)
    project.experiment["benchmarks"] = {"slow": {"steps": 3}}
    project.experiment["configurations"] = ["seeded"]
    project.experiment["repeats"] = {"slow": 5}
    process = slurm.submit(project)
    records = project.folder / "results" / "runs"
    until("two records", lambda: len([*records.rglob("*.json")]) >= 2)
    subprocess.run(["scancel", *slurm.jobs()], check=True)
    text = process.communicate()[0]
    assert process.returncode != 0, text
    before = {path: path.stat().st_mtime_ns for path in records.rglob("*.json")}
    assert 0 < len(before) < 6
    process = slurm.submit(project)
    text = process.communicate()[0]
    assert process.returncode == 0, text
    assert len([*records.rglob("*.json")]) == 6, "five runs and their control"
    assert [*records.rglob(".*")] == [], "nothing half-done is left"
    verdicts = {name: found[0] for name, found in letters(project).items()}
    assert verdicts == {"seeded": "identical"}
    assert os.environ.get("SLURM_CONF") is None
