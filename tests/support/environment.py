"""The pinned environment `cpu` as the engine venv builds it, for tests that need real PyTorch;
and one laid over it, with frameworks that train by PyTorch.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.support.installed import packages
from workflows.common import paths, program
from workflows.common.errors import UserError
from workflows.common.mutex import mutex, on_node
from workflows.common.paths import ROOT
from workflows.common.sums import sha256
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


def frameworks() -> Path:
    """Return an interpreter of both; the first time `requirements/frameworks.lock` is downloaded.

    Raises `UserError` where pip cannot.
    """
    lock = ROOT / "requirements" / "frameworks.lock"
    home = paths.cache("environments") / f"frameworks-{sha256(lock)[:16]}-{folder().name}"
    interpreter, whole = home / "venv" / "bin" / "python", home / "whole"
    with mutex(on_node("tests-environment.lock")):
        if not whole.exists():
            shutil.rmtree(home, ignore_errors=True)
            subprocess.run([python(), "-m", "venv", "--without-pip", home / "venv"], check=True)
            (home / "cpu").mkdir()
            for path in site_packages().iterdir():
                if not path.name.startswith("torchvision"):  # it may not load beside a CPU build
                    (home / "cpu" / path.name).symlink_to(path)
            (packages(home) / "cpu.pth").write_text(f"{home / 'cpu'}\n")
            done = program.run([
                sys.executable, "-m", "pip", "--python", str(interpreter), "install", "--quiet",
                "--require-hashes", "--no-compile", "--requirement", str(lock),
            ])  # fmt: skip
            if done.returncode:
                raise UserError(f"pip cannot install {lock.name}: {program.reason(done)}")
            whole.touch()
    return interpreter
