"""A launch that is killed outright takes its training along, and a run all that it started."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.support.processes import called, planted
from tests.support.waiting import until
from tests.workflow.launching import Launch
from workflows.common.paths import ROOT

pytestmark = pytest.mark.late

# A child, and a daemon in a session of its own; both are found by what stands in for NAME.
BODY = """import subprocess, sys
        if t == 0:
            sleep = [sys.executable, "-c", "import time; time.sleep(600)", "NAME"]
            subprocess.Popen(sleep)
            if not os.fork():
                os.setsid()
                subprocess.Popen(sleep)
                os._exit(0)
        if t == 2:
            time.sleep(SECONDS)"""


@pytest.fixture
def name() -> Iterator[str]:
    """What a run's processes are found by."""
    with planted() as name:
        yield name


@pytest.fixture(params=["venv", "docker", "podman", "apptainer"])
def engine(request: pytest.FixtureRequest, need: Need) -> str:
    need(request.param)
    return str(request.param)


@pytest.mark.engine
def test_a_killed_launch_takes_its_training_along(
    engine: str, open_folder: Path, name: str
) -> None:
    body = BODY.replace("NAME", name)
    slow = Launch.of(open_folder / "project", engine, body.replace("SECONDS", "600"))
    process = slow.start()
    until("child and daemon", lambda: len(called(name)) >= 2)
    process.kill()
    process.wait()
    until("end of what the run started", lambda: not called(name), 300)
    until("end of all", lambda: not called(str(slow.project.folder)), 300)
    assert not slow.record.exists(), "an ended run is not a failed run"


@pytest.mark.engine
def test_a_run_takes_along_what_it_started(engine: str, open_folder: Path, name: str) -> None:
    body = BODY.replace("NAME", name)
    short = Launch.of(open_folder / "project", engine, body.replace("SECONDS", "3"))
    process = short.start()
    until("child and daemon", lambda: len(called(name)) >= 2)
    said, _ = process.communicate()
    assert process.returncode == 0, said
    assert json.loads(short.record.read_text())["status"] == "completed"
    assert not called(name)


VERIFIER = """
import sys
from pathlib import Path
from tests.workflow.launching import RUN
from workflows.publication.verify.scratch import Scratch
Scratch(Path(sys.argv[1]), "venv").run(RUN, sys.argv[2], 5)
"""


def test_a_killed_verification_takes_its_launches_along(tmp_path: Path, name: str) -> None:
    body = BODY.replace("NAME", name).replace("SECONDS", "600")
    launch = Launch.of(tmp_path / "project", "venv", body)
    identity = launch.command[launch.command.index("--identity") + 1]
    folder = str(launch.project.folder)
    process = subprocess.Popen([sys.executable, "-c", VERIFIER, folder, identity], cwd=ROOT)
    until("child and daemon", lambda: len(called(name)) >= 2)
    process.kill()
    process.wait()
    until("end of what the run started", lambda: not called(name), 300)
    until("end of all", lambda: not called(folder), 300)
    assert not launch.record.exists()
    assert [*launch.record.parent.glob(".*")] == [], "nothing half-done is left"
