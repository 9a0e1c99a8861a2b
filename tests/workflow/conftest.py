"""What tests of real containers share."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from workflows.engines.interface import Job


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
