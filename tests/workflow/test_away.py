"""An experiment on a bare machine: packed, run there without a network, brought home.

It reads data of one's own, which go there with it, and come home by their digest alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import readers
from tests.workflow.project import Project
from workflows.data.look import look
from workflows.offline.collect import home

pytestmark = pytest.mark.late

CHANGES: dict[str, Any] = {
    "benchmarks": {"reader": {"steps": 4}},
    "configurations": ["seeded"],
    "repeats": {"reader": 2},
}
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def offline() -> list[str]:
    """Return the words that take the network from a command, none where that is not permitted."""
    words = ["unshare", "--net"]
    permitted = (
        shutil.which("unshare") and not subprocess.run([*words, "true"], check=False).returncode
    )
    return words if permitted else []


def there(folder: Path, python: Path, minutes: str) -> subprocess.CompletedProcess[str]:
    """Start the packed program in a machine's folder, with nothing of this project in reach."""
    words = [sys.executable, "run.pyz", "--work", "work", "--out", "out", "--minutes", minutes]
    environment = {name: os.environ[name] for name in ("PATH", "HOME")}
    return subprocess.run(
        [*offline(), *words, "--python", str(python), "--cores", "2"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def called(project: Project, *words: str) -> str:
    """Call a verb where the benchmark is; return what it said of what was wrong."""
    done = subprocess.run(
        [sys.executable, "-m", "workflows", *words],
        cwd=project.folder, env=project.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stderr if done.returncode else ""


def packed(project: Project, machine: Path) -> list[str]:
    """Pack a project's experiment, and remove the data that it reads; return the files' names."""
    data, config = machine.with_name("own"), machine.with_name("experiment.yaml")
    readers.write(project.folder, data)
    project.experiment["data"] = {"mine": {"path": str(data), "sha256": look(data).sha256}}
    config.write_text(yaml.safe_dump(project.experiment))
    words = ["--configfile", str(config), "--python", PYTHON, "--part-mb", "30"]
    assert called(project, "pack", *words, "--output", str(machine)) == ""
    shutil.rmtree(data)
    return [path.name for path in machine.iterdir()]


def check_told_of_alone(data: Path, brought: Path) -> None:
    """See that data are nobody's to write there, and came home as their digest alone."""
    (kept,) = data.glob("mine-*/mine/sub/numbers.txt")
    assert kept.stat().st_mode & 0o222 == 0
    with zipfile.ZipFile(brought / "publication.zip") as zipped:
        zipped.extractall(brought / "unzipped")
    files = {path: path.read_bytes() for path in brought.rglob("*") if path.is_file()}
    assert len([path for path in files if path.name == "mine.json"]) == 2, "control"
    for path, text in files.items():
        for secret in (readers.BESIDE, kept.name, kept.read_text()):
            assert secret.encode() not in text and secret not in path.name, (path, secret)


def test_a_bare_machine_runs_it_all_and_its_matrix_comes_home(
    tmp_path: Path, torch_python: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine, project = tmp_path / "machine", Project.copy(tmp_path / "project", **CHANGES)
    made = packed(project, machine)
    assert not [name for name in made if "cifar10" in name], "nothing reads it"
    assert len([name for name in made if name.startswith("tools.tar.")]) > 1

    first = there(machine, torch_python, "0.51")
    assert first.returncode == 75, first.stdout + first.stderr
    assert "out of time" in first.stdout
    home(machine / "out", tmp_path / "home")
    assert "no stage was finished" in capsys.readouterr().out

    second = there(machine, torch_python, "10")
    assert second.returncode == 0, second.stdout + second.stderr
    home(machine / "out", tmp_path / "home")
    matrix = json.loads((tmp_path / "home" / "results" / "matrix.json").read_text())
    assert matrix["engine"] == "host" and matrix["validity"] == "valid"
    (cell,) = (c for c in matrix["cells"] if c["variation"] == "baseline")
    assert (cell["environment"], cell["verdict"], cell["repeats"]) == ("host", "identical", 2)
    check_told_of_alone(machine / "work" / "cache" / "data", tmp_path / "home")

    sources = [
        f"gpu={tmp_path / 'home' / 'publication.zip'}",
        f"own={tmp_path / 'home' / 'results'}",
    ]
    assert "is the very one of" in called(project, "merge", *sources)
