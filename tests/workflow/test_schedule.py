"""Scheduled campaigns for real: twice the same, then with a drift planted in between."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.project import Project

pytestmark = pytest.mark.late


def campaign(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    project.command()  # writes the experiment
    return subprocess.run(
        [
            sys.executable, "-m", "workflows", "campaign", "--configfile", "experiment.yaml",
            "--cores", "2", *arguments,
        ],
        cwd=project.folder, env=project.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_planted_drift_is_caught(tmp_path: Path, torch_python: Path) -> None:
    project = Project.copy(
        tmp_path,
        benchmarks={"toy": {"steps": 30}},
        configurations=["seeded"],
        repeats={"toy": 2},
    )
    first = campaign(project)
    assert first.returncode == 0, first.stderr
    again = campaign(project, "--notify", "false")
    assert again.returncode == 0 and "1 cells as before" in again.stdout, "the control: no drift"
    assert "warning" not in again.stderr, "nobody is told of a quiet night"
    project.edit("benchmarks/toy.py", "LEARNING_RATE = 1e-4", "LEARNING_RATE = 1.0001e-4")
    drifted = campaign(project, "--keep", "2", "--notify", "false")
    assert drifted.returncode == 1
    assert "cpu/cpu/toy/seeded/baseline: drifted: identical within itself" in drifted.stdout
    assert "benchmark code, settings or data" in drifted.stdout and drifted.stdout.count("\n") == 1
    assert "warning: false: exit code 1" in drifted.stderr
    assert len([*(project.folder / "results" / "history").glob("*.json")]) == 2
