"""The pinned environment `cpu` as the engine venv builds it, for tests that need real PyTorch."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from workflows.common import paths
from workflows.environments.engines.venv import Venv


@cache
def folder() -> Path:
    """Build the environment unless it is there; return its folder."""
    return paths.cache("environments") / Venv().build("cpu").tag


def python() -> Path:
    """Return the environment's interpreter."""
    return folder() / "bin" / "python"


def site_packages() -> Path:
    """Return the folder of the environment's packages."""
    return next(folder().glob("lib/python3*/site-packages"))
