"""The copy in which a publication's cells are run again: all that they need, and no more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from workflows.common.errors import UserError
from workflows.environments.definition import Environment, Image
from workflows.publication.verify.scratch import Scratch

CALLED = [
    "workflows.environments.build", "workflows.runs.launch", "workflows.data.cifar10",
    "benchmarks.catalogue",
]  # fmt: skip


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    """A copy, over an old one."""
    for part in ("workflows/old.py", "benchmarks/old.py", "results/runs/old.json"):
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / part).touch()
    return Scratch.make(tmp_path, "venv")


def call(scratch: Scratch, module: str) -> subprocess.CompletedProcess[str]:
    """Ask a program of the copy for help."""
    command = [sys.executable, "-m", module, "--help"]
    return subprocess.run(command, cwd=scratch.folder, capture_output=True, text=True, check=False)


def test_each_program_that_is_called_is_there_with_all_that_it_imports(scratch: Scratch) -> None:
    for module in CALLED:
        done = call(scratch, module)
        assert done.returncode == 0, done.stderr


def test_a_missing_file_would_be_seen(scratch: Scratch) -> None:
    (scratch.folder / "workflows" / "common" / "guard.py").unlink()
    done = call(scratch, "workflows.runs.launch")
    assert done.returncode != 0 and "guard" in done.stderr


def test_a_lock_that_names_an_image_is_taken_only_if_accepted(
    scratch: Scratch, tmp_path: Path
) -> None:
    image = Image("registry.invalid/training", f"sha256:{'0f' * 32}")
    lock = tmp_path / "theirs.lock"
    lock.write_text(f"{image.lock}# more words\n")
    with pytest.raises(UserError, match="--accept-locks"):
        scratch.take_lock("theirs", lock, accept=False)
    scratch.take_lock("theirs", lock, accept=True)
    folder = scratch.folder / "containers" / "theirs"
    assert (folder / "requirements.lock").read_text() == image.lock
    assert Environment("theirs", folder).image == image


def test_nothing_else_is_there(scratch: Scratch) -> None:
    assert not (scratch.folder / "workflows" / "matrix").exists()
    for old in ("workflows/old.py", "benchmarks/old.py", "results/runs/old.json"):
        assert not (scratch.folder / old).exists()
    assert (scratch.folder / "containers" / "cpu" / "requirements.lock").is_file()
