"""Images for nodes that did not build them, with real daemons: an archive, a registry."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.workflow import daemon
from tests.workflow.project import Project

pytestmark = [pytest.mark.engine, pytest.mark.late]
SHARED = "results/images/shared/cpu.json"


@pytest.fixture
def project(tmp_path: Path, need: Need) -> Project:
    """The toy in docker, its image built on this node."""
    need("docker")
    need("docker", None if os.getuid() == 0 else "only root starts a second daemon")
    return Project.copy(
        tmp_path / "project", engine="docker", benchmarks={"toy": {"steps": 50}},
        configurations=["seeded"], repeats={"toy": 4},
    )  # fmt: skip


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another node from here on: a daemon with an empty store, and its own temporary files."""
    with daemon.docker(tmp_path / "node") as address:
        (tmp_path / "tmp").mkdir()
        monkeypatch.setenv("ANOTHER_NODE", address)
        yield


def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Go to the other node."""
    monkeypatch.setenv("DOCKER_HOST", os.environ["ANOTHER_NODE"])
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))


def damage(path: Path) -> None:
    """Flip a byte in the midst of a file."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))


def test_an_archive_is_loaded_once_and_checked(
    project: Project, node: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = project.snakemake("--config", "images=archive", "--", "images")
    assert done.returncode == 0, done.stderr
    shared = json.loads((project.folder / SHARED).read_text())
    archive = project.folder / "results" / "images" / shared["archive"]
    whole = tmp_path / "whole.tar"
    shutil.copy(archive, whole)
    elsewhere(monkeypatch, tmp_path)
    damage(archive)
    done = project.snakemake("results/matrix.json")
    assert done.returncode != 0
    assert f"{archive.name}: SHA-256 " in done.stderr, done.stderr[-3000:]
    assert "damaged or replaced" in done.stderr
    whole.replace(archive)
    done = project.snakemake("results/matrix.json")
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stderr.count("bringing localhost/reprise/cpu:") == 1
    assert project.cell("toy", "seeded")["verdict"] == "identical"
    assert project.planned_runs() == [], "how an image came is no reason to run again"


def test_a_registry_serves_by_digest(
    project: Project, node: None, tmp_path: Path, need: Need, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = None if shutil.which("docker-registry") else "docker-registry is not installed"
    need("registry", absent)
    with daemon.registry(tmp_path / "registry") as address:
        done = project.snakemake("--config", f"images={address}/team", "--", "images")
        assert done.returncode == 0, done.stderr
        shared = json.loads((project.folder / SHARED).read_text())
        assert shared["archive"] is None
        assert shared["reference"].startswith(f"{address}/team/cpu@sha256:")
        name = f"{address}/team/{shared['image']['tag'].rpartition('/')[2]}"
        subprocess.run(["docker", "rmi", name], check=True, capture_output=True)
        elsewhere(monkeypatch, tmp_path)
        done = project.snakemake("results/matrix.json")
        assert done.returncode == 0, done.stderr[-3000:]
        assert done.stderr.count("bringing localhost/reprise/cpu:") == 1
        assert project.cell("toy", "seeded")["verdict"] == "identical"
