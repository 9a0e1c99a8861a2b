"""One's own environment, from a list of packages to runs in it, with the real PyTorch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.support import small
from tests.workflow.project import Project
from workflows.common.paths import cache
from workflows.environments import definition as environments
from workflows.environments import wheels

LIST = "numpy==2.4.6\nown\ntorch==2.13.0+cpu\n"
RUN = "results/runs/mine/cpu/{}/seeded/baseline/0.json"


@pytest.fixture
def project(need: Need, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project whose pip knows the wheels of `cpu` and one small one; a cache of its own."""
    need("venv")
    for path in wheels.fetch(environments.find("cpu")):
        (tmp_path / "cache" / "wheels").mkdir(parents=True, exist_ok=True)
        (tmp_path / "cache" / "wheels" / path.name).symlink_to(path)
    small.wheel(tmp_path / "small", "own")
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", f"{cache('wheels')} {tmp_path / 'small'}")
    made = Project.copy(
        tmp_path / "project", environments=["mine"], configurations=["seeded"],
        benchmarks={"uses": {"steps": 3}, "lacks": {"steps": 3}}, repeats={"uses": 2, "lacks": 2},
    )  # fmt: skip
    made.own("uses", "import own; assert own.VALUE == {1, 2}")
    made.own("lacks", "import absent")
    yield made
    shutil.rmtree(tmp_path / "cache")  # 0.7 GB


def test_an_environment_made_of_a_list_carries_out_a_run(project: Project) -> None:
    (project.folder / "list.txt").write_text(LIST)
    words = [sys.executable, "-m", "workflows", "environment", "mine", "--requirements", "list.txt"]
    done = subprocess.run(
        words, cwd=project.folder, env={**os.environ, "PYTHONPATH": str(project.folder)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("for the experiment's file: environments: [mine]\n")
    made = project.snakemake(*map(RUN.format, ("uses", "lacks")))
    assert made.returncode == 0, made.stderr
    image = json.loads((project.folder / "results" / "images" / "mine.json").read_text())
    assert image["packages"]["own"] == "1.0" and image["packages"]["torch"] == "2.13.0+cpu"
    assert "torchvision" not in image["packages"], "of cpu, and not in the list"
    uses, lacks = (
        json.loads((project.folder / RUN.format(name)).read_text()) for name in ("uses", "lacks")
    )
    assert (uses["status"], uses["reason"]) == ("completed", None)
    reason = "ModuleNotFoundError: No module named 'absent'"
    assert (lacks["status"], lacks["reason"]) == ("failed", reason), (
        "control: it is not in the list"
    )
