"""Fixtures of several files: a publication and a key, CIFAR-10 in miniature, made-up clients."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support import finished
from tests.support.cifar10_world import world
from tests.support.clients import clients
from workflows.environments.definition import declaration
from workflows.environments.engines import venv

__all__ = ["clients", "world"]  # fixtures of several files


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole publication."""
    return finished.publication(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """A copy to tamper with."""
    return Path(shutil.copytree(made, tmp_path / "copy"))


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh SSH key."""
    path = tmp_path_factory.mktemp("key") / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


@pytest.fixture
def own_python(monkeypatch: pytest.MonkeyPatch) -> str:
    """Let environments be for the Python of these tests, for the pinned one may be absent."""
    python = ".".join(platform.python_version_tuple()[:2])
    own = declaration().model_copy(update={"python": python})
    monkeypatch.setattr(venv, "declaration", lambda: own)
    return python
