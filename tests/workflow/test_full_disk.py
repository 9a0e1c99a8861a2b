"""Runs on a disk that is full: a record that says so where there is room for it, else one line."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.workflow.launching import Launch
from workflows.runs.record import read

pytestmark = pytest.mark.late

NO_ROOM = "No space left on device"
KB = 1024
FILL = "open('fill', 'wb').write(bytes(10**7))"


@pytest.fixture
def disk(need: Need, tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    need("tmpfs", "only root mounts one" if os.getuid() else None)
    path = tmp_path / "disk"
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(path)], check=True)
    yield path
    subprocess.run(["umount", str(path)], check=True)


def carry_out(folder: Path, body: str, disk: Path) -> tuple[int, str]:
    """Carry out a run whose record goes to the disk; return the exit code, and what was said."""
    launch = Launch.of(folder, "venv", body)
    launch.command[launch.command.index("--output") + 1] = str(disk / "0.json")
    return launch.run()


def test_control_a_run_with_room_enough(tmp_path: Path, disk: Path) -> None:
    assert carry_out(tmp_path / "project", "pass", disk) == (0, "")
    assert read(disk / "0.json").record.status == "completed"


def test_a_run_that_fills_the_disk_leaves_a_record_that_says_so(tmp_path: Path, disk: Path) -> None:
    code, said = carry_out(tmp_path / "project", FILL, disk)
    assert code == 0, said
    record = read(disk / "0.json").record
    assert record.status == "failed"
    assert record.reason is not None
    assert record.reason.startswith("ended with exit code 1 and left no record; the last line of")
    assert record.reason.endswith(NO_ROOM)
    assert sorted(path.name for path in disk.iterdir()) == ["0.json", "0.npz"]


@pytest.mark.parametrize("room", [0, 4])
def test_no_room_for_any_record_is_one_line(tmp_path: Path, disk: Path, room: int) -> None:
    (disk / "full").write_bytes(bytes((256 - room) * KB))
    code, said = carry_out(tmp_path / "project", "pass", disk)
    assert code == 2
    assert said.startswith(f"error: {disk / '0.json'}: {NO_ROOM}; free some room there")
    assert said.count("\n") == 1
    assert [path.name for path in disk.iterdir()] == ["full"]
