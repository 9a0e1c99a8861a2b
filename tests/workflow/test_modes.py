"""A real run's record and trace have one mode, that of its caller's files, in every engine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.workflow.launching import Launch

pytestmark = pytest.mark.late

# The run's own umask, and that of a container, are no concern of its caller.
BODIES = {"completed": "os.umask(0)", "failed": "os._exit(7)"}


@pytest.mark.engine
@pytest.mark.parametrize("engine", ["venv", "docker", "podman", "apptainer"])
def test_record_and_trace_have_one_mode(engine: str, open_folder: Path, need: Need) -> None:
    need(engine)
    launch = Launch.of(open_folder / "project", engine, "pass")
    folder = launch.record.parent
    for umask in (0o077, 0o022, 0o002):
        before = os.umask(umask)
        try:
            code, said = launch.run()
        finally:
            os.umask(before)
        assert code == 0, said
        modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
        assert modes == dict.fromkeys(("0.json", "0.npz"), 0o666 & ~umask)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_whatever_the_run_does(open_folder: Path, body: str) -> None:
    launch = Launch.of(open_folder / "project", "venv", body)
    code, said = launch.run()
    assert code == 0, said
    assert len({path.stat().st_mode for path in launch.record.parent.iterdir()}) == 1
