"""Disk: what is needed against what is free, of the cache and of an engine's store."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.unit.environments.checkup.test_machine import path, program
from workflows.environments.checkup import disk
from workflows.environments.checkup.finding import State

__all__ = ["path"]

DOCKER = 'case "$1" in info) echo {store};; images) printf "{images}";; esac'
BOTH = "localhost/reprise/cpu\\nlocalhost/reprise/cuda\\n"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache."""
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize(("free", "state"), [(20e9, State.WORKS), (9e9, State.BLOCKS)])
def test_without_containers_all_goes_into_the_cache(free: float, state: State) -> None:
    (found,) = disk.disk("venv", lambda _: int(free))
    assert found.state is state
    assert ("REPRISE_CACHE" in found.fix) == (state is State.BLOCKS)


def test_what_is_there_already_is_not_needed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "size", lambda _: 9.5e9)
    (found,) = disk.disk("venv", lambda _: int(1e9))
    assert found.state is State.WORKS and "needs 0.5 more" in found.said


@pytest.mark.parametrize(
    ("images", "free", "state"),
    [("", 20e9, State.WORKS), ("", 5e9, State.BLOCKS), (BOTH, 5e9, State.WORKS)],
)
def test_images_go_into_the_engines_store(
    path: Path, images: str, free: float, state: State
) -> None:
    program(path, "docker", DOCKER.format(store=path, images=images))
    ours, store = disk.disk("docker", lambda _: int(free))
    assert ours.state is State.WORKS
    assert store.state is state and store.name == "disk of docker"


def test_a_store_that_cannot_be_seen_blocks_nothing(path: Path) -> None:
    program(path, "podman", "exit 1")
    assert disk.disk("podman", lambda _: int(20e9))[1].state is State.POOR


def test_the_disk_is_asked_where_a_folder_will_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert disk.free(tmp_path / "not" / "yet") > 0
    # What is free changes from one question to the next, so which folder is asked is looked at.
    monkeypatch.setattr(
        shutil, "disk_usage", lambda asked: SimpleNamespace(free=asked.stat().st_ino)
    )
    assert disk.free(tmp_path / "not" / "yet") == disk.free(tmp_path) == tmp_path.stat().st_ino


def test_a_file_of_two_names_counts_once(tmp_path: Path) -> None:
    (tmp_path / "wheel").write_bytes(os.urandom(100_000))
    once = disk.size(tmp_path)
    os.link(tmp_path / "wheel", tmp_path / "linked")
    assert disk.size(tmp_path) == once >= 100_000
