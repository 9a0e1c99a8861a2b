"""What tests of real containers and of Slurm share."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.workflow import slurm
from workflows.common.mutex import mutex, on_node
from workflows.environments.engines.interface import Job


@pytest.fixture(scope="module")
def cluster(need: Need, tmp_path_factory: pytest.TempPathFactory) -> Iterator[slurm.Cluster]:
    """A running Slurm; a machine has one at a time, for its ports and its configuration."""
    with mutex(on_node("tests-slurm.lock")):
        need("slurm", slurm.problem())
        with slurm.started(tmp_path_factory.mktemp("slurm")) as running:
            yield running


@pytest.fixture
def job(open_folder: Path) -> Job:
    """A job whose program each test fills in."""
    for name in ("code", "data"):
        (open_folder / name).mkdir()
    (open_folder / "code" / "own.py").write_text("VALUE = 3\n")
    (open_folder / "data" / "number").write_text("7")
    for path in ("code", "code/own.py", "data", "data/number"):
        (open_folder / path).chmod(0o777)  # so that nothing but the mount keeps a job from writing
    name = f"reprise-test-{os.getpid()}-{time.monotonic_ns()}"
    return Job(name, [], open_folder / "code", open_folder / "data", open_folder / "output")
