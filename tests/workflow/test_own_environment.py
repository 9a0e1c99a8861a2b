"""One's own environment, from a list of packages to runs in it, with the real PyTorch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.support import small
from tests.workflow import daemon
from tests.workflow.contained import built
from tests.workflow.project import Project
from workflows.common.paths import cache
from workflows.environments import definition as environments
from workflows.environments import wheels
from workflows.environments.clients.available import remembered
from workflows.environments.images.base import obtain

pytestmark = pytest.mark.late

LIST = "numpy==2.4.6\nown\ntorch==2.13.0+cpu\n"
OURS = "localhost/reprise/mine"
RUN = "results/runs/mine/cpu/{}/seeded/baseline/0.json"

IMAGE = """\
FROM {cpu} AS own
FROM {base}
COPY --from=own /opt/reprise /srv/training
ENV PATH=/srv/training/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENTRYPOINT ["echo", "not a run"]
"""
"""Somebody's image: a virtual environment in another place, and an entry point of its own."""
INSECURE = '[[registry]]\nlocation = "{}"\ninsecure = true\n'
"""Lets podman pull from a registry without TLS; docker does, on this host."""


@pytest.fixture
def project(need: Need, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project whose pip knows the wheels of `cpu` and one small one; a cache of its own."""
    need("venv")
    for path in wheels.fetch(environments.find("cpu")):
        (tmp_path / "cache" / "wheels").mkdir(parents=True, exist_ok=True)
        (tmp_path / "cache" / "wheels" / path.name).symlink_to(path)
    small.wheel(tmp_path / "small", "own")
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", f"{cache('wheels')} {tmp_path / 'small'}")
    made = Project.copy(
        tmp_path / "project", environments=["mine"], configurations=["seeded"],
        benchmarks={"uses": {"steps": 3}, "lacks": {"steps": 3}}, repeats={"uses": 2, "lacks": 2},
    )  # fmt: skip
    made.own("uses", "import own; assert own.VALUE == {1, 2}")
    made.own("lacks", "import absent")
    yield made
    shutil.rmtree(tmp_path / "cache")  # 0.7 GB


def environment(project: Project, *words: str) -> None:
    """Make the environment `mine` of a project's copy."""
    done = subprocess.run(
        [sys.executable, "-m", "workflows", "environment", "mine", *words], cwd=project.folder,
        env={**os.environ, "PYTHONPATH": str(project.folder)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("for the experiment's file: environments: [mine]\n")


def test_an_environment_made_of_a_list_carries_out_a_run(project: Project) -> None:
    (project.folder / "list.txt").write_text(LIST)
    environment(project, "--requirements", "list.txt")
    made = project.snakemake(*map(RUN.format, ("uses", "lacks")))
    assert made.returncode == 0, made.stderr
    image = json.loads((project.folder / "results" / "images" / "mine.json").read_text())
    assert image["packages"]["own"] == "1.0" and image["packages"]["torch"] == "2.13.0+cpu"
    assert "torchvision" not in image["packages"], "of cpu, and not in the list"
    uses, lacks = (
        json.loads((project.folder / RUN.format(name)).read_text()) for name in ("uses", "lacks")
    )
    assert (uses["status"], uses["reason"]) == ("completed", None)
    reason = "ModuleNotFoundError: No module named 'absent'"
    assert (lacks["status"], lacks["reason"]) == ("failed", reason), (
        "control: it is not in the list"
    )


@pytest.mark.engine
@pytest.mark.skipif("CI" in os.environ, reason="takes two minutes: run it by hand")
@pytest.mark.parametrize("engine", ["docker", "podman", "apptainer"])
def test_an_image_by_its_digest_carries_out_a_run(
    engine: str, open_folder: Path, need: Need, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("docker")
    need(engine)
    need("registry", None if shutil.which("docker-registry") else "docker-registry is not here")
    client, cpu = remembered("docker"), built("docker")
    made = Project.copy(
        open_folder / "project", engine=engine, environments=["mine"], configurations=["seeded"],
        benchmarks={"toy": {"steps": 3}}, repeats={"toy": 2},
    )  # fmt: skip
    with daemon.registry(open_folder / "registry") as address:
        (open_folder / "registries.conf").write_text(INSECURE.format(address))
        monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(open_folder / "registries.conf"))
        name = f"{address}/somebody/training"
        text = IMAGE.format(cpu=cpu.tag, base=obtain(client)[0])
        client.call("build", "--tag", name, "-", stdin=text.encode(), timeout=600)
        client.call("push", name, timeout=600)
        listed = client.call("image", "inspect", "--format", '{{join .RepoDigests " "}}', name)
        reference = next(each for each in listed.split() if each.startswith(f"{name}@"))
        environment(made, "--image", reference)
        done = made.snakemake(RUN.format("toy"))
        runner = remembered("podman") if engine == "podman" else client
        tags = runner.call("images", "--format", "{{.Repository}}:{{.Tag}}", OURS).split()
        runner.asked("rmi", "--force", *tags, *([reference] if engine == "podman" else []))
        client.call("rmi", "--force", name)
    assert done.returncode == 0, done.stderr
    image = json.loads((made.folder / "results" / "images" / "mine.json").read_text())
    assert f"{image['base']['reference']}@{image['base']['digest']}" == reference
    assert image["packages"] == cpu.packages and image["engine"] == engine
    record = json.loads((made.folder / RUN.format("toy")).read_text())
    assert (record["status"], record["reason"]) == ("completed", None)
