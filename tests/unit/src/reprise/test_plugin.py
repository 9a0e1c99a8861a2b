"""The plugin, found by its entry point in an installed copy: one fixture, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Need
from tests.support import installed

CONFTEST = """
import json, os, sys
import pytest

def pytest_sessionfinish(session):
    manager = session.config.pluginmanager
    plugin = manager.get_plugin("reprise")
    hooks = [each.name for each in manager.get_hookcallers(plugin) or []] if plugin else []
    found = {
        "modules": sorted(sys.modules), "path": sys.path, "variables": dict(os.environ),
        "hooks": hooks, "there": plugin is not None, "plugins": len(manager.get_plugins()),
        "options": sorted(vars(session.config.option)), "failed": session.testsfailed,
        "markers": session.config.getini("markers"), "collected": session.testscollected,
    }
    with open("found.json", "w") as file:
        json.dump(found, file)
"""
SUITE = """
import random
import pytest

def test_passes():
    assert random.Random(3).random() == 0.23796462709189137

def test_fails(tmp_path):
    assert tmp_path is None

@pytest.mark.parametrize("number", range(3))
def test_many(number):
    pass
"""


@pytest.fixture(scope="module")
def python(need: Need, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with an installed copy, and with this one's packages."""
    need("hatchling", None if find_spec("hatchling") else "not installed: make setup")
    folder = tmp_path_factory.mktemp("home")
    made = installed.wheel(tmp_path_factory.mktemp("wheel"))
    return installed.home(folder, made, sysconfig.get_path("purelib")) / "venv" / "bin" / "python"


def around(python: Path, folder: Path, *words: str) -> dict[str, Any]:
    """Return what the suite finds around it."""
    folder.mkdir(exist_ok=True)
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_other.py").write_text(SUITE)
    command = [str(python), "-m", "pytest", "-p", "no:cacheprovider", "-q", *words]
    done = subprocess.run(
        command, cwd=folder, env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "1 failed, 4 passed" in done.stdout, done.stdout + done.stderr
    found: dict[str, Any] = json.loads((folder / "found.json").read_text())
    return found


def test_a_suite_that_does_not_use_it_is_left_alone(python: Path, tmp_path: Path) -> None:
    """What it imports, and what pytest calls, is all that could slow or change a suite."""
    without = around(python, tmp_path / "suite", "-p", "no:reprise")
    beside = around(python, tmp_path / "suite")
    assert (without.pop("there"), beside.pop("there")) == (False, True)
    assert beside.pop("plugins") == without.pop("plugins") + 1
    assert beside.pop("hooks") == without.pop("hooks") == []
    ours = set(beside.pop("modules")) - set(without.pop("modules"))
    assert ours == {"reprise", "reprise.call", "reprise.plugin", "reprise.testing"}
    assert beside == without


def test_pytest_tells_of_the_fixture(python: Path, tmp_path: Path) -> None:
    command = [str(python), "-m", "pytest", "--fixtures", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "reproducible [session scope]" in done.stdout, done.stdout + done.stderr
    assert "fail unless a function trains the same, bit for bit" in done.stdout
