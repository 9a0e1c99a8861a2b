"""An experiment on a bare machine: packed, run there without a network, brought home, merged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.workflow.project import EXPERIMENT
from workflows.common.errors import UserError
from workflows.offline.collect import home
from workflows.offline.pack import pack
from workflows.offline.parts import MB
from workflows.publication.merge.merged import merge
from workflows.publication.merge.sources import read_all

CHANGES: dict[str, Any] = {
    "benchmarks": {"toy": {"steps": 30}},
    "configurations": ["seeded"],
    "repeats": {"toy": 2},
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


def test_a_bare_machine_runs_it_all_and_its_matrix_comes_home(
    tmp_path: Path, torch_python: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "experiment.yaml"
    config.write_text(yaml.safe_dump({**EXPERIMENT, **CHANGES}))
    machine = tmp_path / "machine"
    made = pack(config, PYTHON, 30 * MB, machine)
    assert not [path for path in made if "cifar10" in path.name], "nothing reads it"
    assert len([path for path in made if path.name.startswith("tools.tar.")]) > 1

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

    sources = [
        f"gpu={tmp_path / 'home' / 'publication.zip'}",
        f"own={tmp_path / 'home' / 'results'}",
    ]
    with pytest.raises(UserError, match="is the very one of"):
        read_all(sources, tmp_path / "merged", None)

    other = Path(shutil.copytree(machine, tmp_path / "other", ignore=lambda *_: ["work", "out"]))
    third = there(other, torch_python, "10")
    assert third.returncode == 0, third.stdout + third.stderr
    home(other / "out", tmp_path / "own")
    sources[1] = f"own={tmp_path / 'own' / 'results'}"
    merged = merge(read_all(sources, tmp_path / "merged", None))
    (table,) = (t for t in merged.tables if t.variation == "baseline")
    assert table.agree == ["seeded"]
