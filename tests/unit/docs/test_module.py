"""Reprise as a module of another workflow, as its page has it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.documented import fences
from tests.workflow.project import EXPERIMENT
from workflows.common.paths import ROOT

PAGE = (ROOT / "docs" / "how-to" / "module.md").read_text()


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Another workflow, with a clone of this one beside it."""
    (tmp_path / "reprise").symlink_to(ROOT)
    (tmp_path / "experiment.yaml").write_text(yaml.safe_dump(EXPERIMENT))
    [snakefile] = [fence for fence in fences(PAGE) if fence.mark == "file"]
    (tmp_path / snakefile.words).write_text(snakefile.body + "\n")
    return tmp_path


def planned(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "snakemake", "--cores", "4", "--dry-run"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_rules_of_a_module_are_planned_in_the_other_folder(other: Path) -> None:
    done = planned(other)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    jobs = {line.split()[0] for line in said.splitlines() if line.strip()}
    assert {"reprise_run", "reprise_matrix", "reprise_report"} <= jobs


def test_a_wrong_key_of_the_other_workflow_is_one_line(other: Path) -> None:
    (other / "experiment.yaml").write_text(yaml.safe_dump({**EXPERIMENT, "engin": "venv"}))
    done = planned(other)
    assert done.returncode != 0
    assert "engin" in done.stderr and "Traceback" not in done.stderr
