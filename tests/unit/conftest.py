"""Fixtures of several files: a publication and a key, CIFAR-10 in miniature, made-up clients."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support import finished
from tests.support.cifar10_world import world
from tests.support.clients import clients
from workflows.common.paths import ROOT
from workflows.environments.definition import declaration
from workflows.environments.engines import venv
from workflows.experiment.catalogue import Catalogue

__all__ = ["clients", "world"]  # fixtures of several files


@pytest.fixture(scope="session", autouse=True)
def catalogue_once() -> Iterator[None]:
    """Ask what this checkout has to run once, for no test changes it, and hundreds ask.

    In any other folder it is asked each time.
    """
    ask = Catalogue.read
    once = cache(ask)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Catalogue, "read", lambda root=ROOT: (once if root == ROOT else ask)(root))
        yield


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
