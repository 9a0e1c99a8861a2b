"""The pinned environment `cpu` as the engine venv builds it, for tests that need real PyTorch."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from workflows.common import paths
from workflows.common.mutex import mutex, on_node
from workflows.environments.engines.venv import Venv


@cache
def folder() -> Path:
    """Build the environment unless it is there, once for all who test here; return its folder."""
    with mutex(on_node("tests-environment.lock")):
        return paths.cache("environments") / Venv().build("cpu").tag


def python() -> Path:
    """Return the environment's interpreter."""
    return folder() / "bin" / "python"


def site_packages() -> Path:
    """Return the folder of the environment's packages."""
    return next(folder().glob("lib/python3*/site-packages"))
