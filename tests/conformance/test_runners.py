"""In CI: what the documentation shows for GitHub and GitLab, carried out by runners of their forms.

Each runner gets a training that repeats and one that does not; both do all that a hosted one does
with these files, on this machine in place of a hosted one. But what pip would bring beside Reprise
is here already, so that nothing is asked of a network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.conftest import Need
from tests.support.documented import INSTALLED, fences
from tests.support.environment import site_packages
from tests.support.installed import packages
from tests.workflow.project import Project
from workflows.common.paths import ROOT

pytestmark = pytest.mark.late

TRAIN = """
import sys
import torch

if "seeded" in sys.argv:
    torch.manual_seed(3)
model = torch.nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    model(torch.ones(2, 3)).square().sum().backward()
    optimizer.step()
"""
SEES = (
    f'echo {sysconfig.get_path("purelib")} > "$(echo "$3"/lib/python3*)/site-packages/others.pth"\n'
)
"""What follows `python -m venv FOLDER`, in words of a shell."""
OPTIONS = "--configuration unseeded --no-cure"
SOURCE = "OWNER/REPRISE@REVISION"


def shown(which: int) -> Any:
    """Return one of the two files that the page shows."""
    page = fences((ROOT / INSTALLED).read_text())
    return yaml.safe_load([fence.body for fence in page if fence.language == "yaml"][which])


@pytest.fixture
def project(
    tmp_path: Path, torch_python: Path, need: Need, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A project with a training, below a folder; its `python` has PyTorch and pip."""
    need("hatchling", None if find_spec("hatchling") else "not installed: make setup")
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "pip").symlink_to(Path(sysconfig.get_path("purelib")) / "pip")
    subprocess.run([torch_python, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    (packages(tmp_path) / "others.pth").write_text(f"{site_packages()}\n{tmp_path / 'pip'}\n")
    path = os.pathsep.join([str(tmp_path / "venv" / "bin"), os.environ["PATH"]])
    offline = {"NO_INDEX": "1", "NO_DEPS": "1", "NO_BUILD_ISOLATION": "0", "NO_COMPILE": "1"}
    # 0 says that there is no isolation: pip reads what it does, not what is asked for.
    variables = {f"PIP_{name}": value for name, value in offline.items()}
    for name, value in {"PATH": path, "HOME": str(tmp_path / "user"), **variables}.items():
        monkeypatch.setenv(name, value)  # the runners keep files at home
    folder = tmp_path / "project"
    (folder / "mine").mkdir(parents=True)
    (folder / "mine" / "train.py").write_text(TRAIN)
    (folder / "requirements.txt").touch()
    return folder


@pytest.fixture
def python(tmp_path: Path) -> str:
    """A Python whose environments see what Reprise needs; made with pip as ever."""
    path = tmp_path / "python"
    path.write_text(f'#!/bin/sh\n{sys.executable} "$@" || exit\n{SEES}')
    path.chmod(0o755)
    return str(path)


def committed(folder: Path) -> None:
    """Make a repository of it, as a runner expects."""
    git = ["git", "-c", "user.name=Tester", "-c", "user.email=tester@localhost"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "As it is"]):
        subprocess.run([*git, *words], cwd=folder, check=True)


def carried_out(command: list[str], folder: Path) -> tuple[int, str]:
    """Return a runner's exit code and all that it says."""
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def answer(path: Path) -> tuple[str, list[str]]:
    """Return the command that a JUnit file is about, and what it says of failures."""
    case = ElementTree.parse(path).getroot().find("testsuite/testcase")  # noqa: S314
    assert case is not None
    return case.attrib["name"], [each.attrib["message"] for each in case]


def test_github(project: Path, python: str, tmp_path: Path, need: Need) -> None:
    """One job for both trainings, as the second step that fails ends it."""
    act = shutil.which("act", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    need("act", None if act else "not installed: make test brings it")
    workflow = shown(0)
    workflow["on"] = workflow.pop(True)  # YAML's word for true
    job = workflow["jobs"]["reproduces"]
    [*before, use] = job["steps"]
    assert use["uses"] == SOURCE
    more = {"folder": "mine", "repeats": "2", "options": OPTIONS, "python": python}
    job["steps"] = [*before]
    for name in ("seeded", "unseeded"):
        inputs = more | {"command": f"python train.py '{name}'", "junit": f"{name}.xml"}
        job["steps"] += [
            use | {"with": use["with"] | inputs},
            {"if": "always()", "run": f"cp {name}.xml {tmp_path}"},
        ]
    place = project / ".github" / "workflows" / "reproduces.yml"
    place.parent.mkdir(parents=True)
    place.write_text(yaml.safe_dump(workflow))
    committed(project)
    action = Project.copy(tmp_path / "action").folder
    host = ["--platform", "ubuntu-latest=-self-hosted", "--no-cache-server"]
    local = ["--local-repository", f"{SOURCE}={action}", "--action-cache-path", f"{tmp_path}/act"]
    code, said = carried_out([str(act), "push", *host, *local], project)
    assert code == 1 and "Job 'reproduces' failed" in said, said
    assert "repeats: 2 of 2 runs are equal in all that was watched" in said, said
    assert answer(tmp_path / "seeded.xml") == ("bash -c 'python train.py '\"'\"'seeded'\"'\"''", [])
    _, [failure] = answer(tmp_path / "unseeded.xml")
    assert failure.startswith("differs: initial weights (")
    assert "differs: first in the initial weights" in said


def gitlab(project: Path, runner: str, **variables: str) -> tuple[int, str]:
    """Let the runner carry out the job with more variables."""
    pipeline = shown(1)
    pipeline["include"] = [{"local": "gitlab.yml"}]
    pipeline["reproduces"]["variables"] |= {"REPRISE_SOURCE": str(ROOT), **variables}
    (project / ".gitlab-ci.yml").write_text(yaml.safe_dump(pipeline))
    return carried_out([runner, "reproduces"], project)


def test_gitlab(project: Path, python: str, need: Need) -> None:
    runner = shutil.which("gitlab-ci-local") or ""
    need("gitlab-ci-local", None if runner else "not installed: npm install gitlab-ci-local")
    need("gitlab-ci-local", None if shutil.which("rsync") else "it needs rsync: not installed")
    shutil.copy(ROOT / "ci" / "gitlab.yml", project)
    committed(project)
    more = {
        "REPRISE_FOLDER": "mine", "REPRISE_REPEATS": "2", "REPRISE_OPTIONS": OPTIONS,
        "REPRISE_PYTHON": python,
    }  # fmt: skip
    junit = project / "reprise.xml"
    code, said = gitlab(project, runner, **more, REPRISE_COMMAND="python train.py 'seeded'")
    assert code == 0, said
    assert answer(junit) == ("bash -c 'python train.py '\"'\"'seeded'\"'\"''", [])
    code, said = gitlab(project, runner, **more, REPRISE_COMMAND="date +%N")
    assert code == 1, said
    assert answer(junit) == ("bash -c 'date +%N'", ["differs: printed (line 1)"])
    code, said = gitlab(project, runner, REPRISE_COMMAND="")
    assert code != 0 and "name the command that trains" in said
