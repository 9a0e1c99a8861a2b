"""In a test suite: the fixture of pytest, in interpreters where Reprise is really installed."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.support import installed
from tests.support.documented import INSTALLED, follow
from tests.support.environment import site_packages
from tests.workflow.project import Project
from workflows.common.paths import ROOT

pytestmark = pytest.mark.late

BESIDE = ("_pytest", "iniconfig", "packaging", "pluggy", "py.py", "pygments", "pytest")
"""What pytest is made of."""
PACKAGE = """
import torch
from . import seeds
from lessons import net

def trained(seed):
    if seed is not None:
        torch.manual_seed(seed)
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.ones(2, 3)).square().sum().backward()
        optimizer.step()

def seeded():
    trained(seeds.SEED)

def unseeded():
    trained(None)

def test_seeded(reproducible):
    reproducible(seeded, 2)

def test_unseeded(reproducible):
    reproducible(unseeded, 2, "--no-cure")
"""


@pytest.fixture(scope="module")
def wheel(need: Need, torch_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made without a network."""
    need("hatchling", None if find_spec("hatchling") else "not installed: make setup")
    ask = [str(torch_python), "-c", "import sys; print(sys.version_info[:2])"]
    other = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()
    same = str(sys.version_info[:2]) == other
    need("one Python", None if same else f"PyTorch's is {other}, so it cannot have these packages")
    return installed.wheel(tmp_path_factory.mktemp("wheel"))


def test_what_the_page_says_of_pytest_holds(
    wheel: Path, torch_python: Path, tmp_path: Path
) -> None:
    """One interpreter with PyTorch, pytest and an installed copy: the entry point is all."""
    project = Project.copy(tmp_path / "project")
    others = (site_packages(), sysconfig.get_path("purelib"))
    installed.home(tmp_path, wheel, *others, python=str(torch_python))
    (tmp_path / "programs").mkdir()
    python = tmp_path / "venv" / "bin" / "python"
    follow((ROOT / INSTALLED).read_text(), project.folder, tmp_path / "programs", python)


@pytest.fixture
def bare(wheel: Path, torch_python: Path, tmp_path: Path) -> Path:
    """An interpreter with PyTorch, pytest and the wheel, but nothing that the suite needs."""
    few = tmp_path / "few"
    few.mkdir()
    here = Path(sysconfig.get_path("purelib"))
    for path in (each for name in BESIDE for each in here.glob(f"{name}-*.dist-info")):
        (few / path.name).symlink_to(path)
    for name in BESIDE:
        (few / name).symlink_to(here / name)
    installed.home(tmp_path / "bare", wheel, site_packages(), few, python=str(torch_python))
    return tmp_path / "bare" / "venv" / "bin" / "python"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose tests are a package, and whose code lies in `src/`."""
    folder = tmp_path / "project"
    for name, text in {
        "pytest.ini": "[pytest]\npythonpath = src\n",
        "src/lessons.py": "import torch\ndef net():\n    return torch.nn.Linear(3, 1)\n",
        "tests/__init__.py": "",
        "tests/seeds.py": "SEED = 3\n",
        "tests/test_mine.py": PACKAGE,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def said_by_pytest(python: Path, folder: Path, path: str) -> str:
    """Return what pytest says; `path`: further folders of programs."""
    done = subprocess.run(
        [str(python), "-P", "-m", "pytest", "-p", "no:cacheprovider"], cwd=folder,
        env={**os.environ, "PATH": f"{path}{os.pathsep}/usr/bin{os.pathsep}/bin", "PYTHONPATH": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_beside_pytorch_without_what_the_suite_needs_another_copy_checks(
    wheel: Path, bare: Path, project: Path, tmp_path: Path
) -> None:
    other = installed.home(tmp_path / "other", wheel, sysconfig.get_path("purelib"))
    said = said_by_pytest(bare, project, str(other / "venv" / "bin"))
    assert "1 failed, 1 passed" in said, said
    assert "AssertionError: differs: first in the initial weights" in said
    assert "tests/test_mine.py tests.test_mine.unseeded" in said


def test_without_another_copy_one_line_says_what_is_missing(bare: Path, project: Path) -> None:
    said = said_by_pytest(bare, project, str(bare.parent))
    assert "2 failed" in said, said
    lines = [line for line in said.splitlines() if line.startswith("E ")]
    assert len(lines) == 2 and "RuntimeError: altair, argcomplete, " in lines[0], said
    assert f"not installed in {bare}, and no other reprise is on PATH; install one" in lines[0]
    command = [str(bare.with_name("reprise")), "check", "--", "python", "-c", "pass"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert done.stderr.startswith("error: pydantic: not installed in ")
