"""A lock between processes: one holds it, the other waits or leaves; whose folder it may lie in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from workflows.common.errors import UserError
from workflows.common.mutex import mutex, on_node
from workflows.common.paths import ROOT
from workflows.offline import run

HOLDS = """
import sys, time
from pathlib import Path
from workflows.common.mutex import mutex
with mutex(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
    print(time.monotonic(), flush=True)  # one clock for all processes of the machine
"""


def holder(path: Path, seconds: float) -> subprocess.Popen[bytes]:
    """Start a process that holds a lock for a while; return when it does."""
    command = [sys.executable, "-c", HOLDS, str(path), str(seconds)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


@pytest.mark.parametrize("name", ["file", "folder"])
def test_a_second_one_is_told_and_waits(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    told: list[bool] = []
    with holder(tmp_path / name, 3) as first, mutex(tmp_path / name, lambda: told.append(True)):
        mine = time.monotonic()
        assert len(told) == 1 and first.stdout is not None
        assert mine >= float(first.stdout.readline()), "it waited for the first one's end"
    with mutex(tmp_path / name, lambda: pytest.fail("control: nobody holds it now")):
        pass


def test_a_killed_one_holds_nothing(tmp_path: Path) -> None:
    def waits() -> None:
        raise UserError("it is held")

    with holder(tmp_path / "lock", 600) as process:
        with pytest.raises(UserError, match="it is held"), mutex(tmp_path / "lock", waits):
            pass  # control: while it lives
        process.kill()
        process.wait()
        with mutex(tmp_path / "lock", waits):
            assert process.returncode == -signal.SIGKILL


def test_a_second_call_on_a_bare_machine_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["run.pyz", "--work", str(tmp_path), "--parts", str(tmp_path), "--minutes", "2"]
    monkeypatch.setattr(sys, "argv", words)
    with (
        holder(tmp_path / ".lock", 600) as process,
        pytest.raises(UserError, match="another call is at work there; wait for it"),
    ):
        try:
            run.main()
        finally:
            process.kill()
    with pytest.raises(UserError, match="SHA256SUMS: No such file"):  # control: it goes on
        run.main()


def test_a_folder_that_another_user_could_write_to_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert on_node("a.lock").parent.stat().st_mode & 0o777 == 0o700
    folder = tmp_path / f"reprise-{os.getuid()}"
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="belongs to somebody else; remove it, or set TMPDIR"):
        on_node("a.lock")
