"""Made-up container clients, an image's record and a job, for the tests of engines."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support import images
from workflows.environments.clients import available
from workflows.environments.clients.docker import Client
from workflows.environments.engines import container
from workflows.environments.engines.interface import Job
from workflows.environments.images.record import ImageRecord

# A client that "runs a container" by writing what the probe expects, if its host lets it.
CLIENT = """#!/bin/sh
echo "$@" >> {log}
case " $* " in *" {refused} "*) echo "Error: {problem}" >&2; exit 125;; esac
for argument in "$@"; do
  case $argument in *target=/output)
    folder=${{argument#*source=}}; /usr/bin/touch "${{folder%%\\"*}}/written";;
  esac
done
"""

DOCKER = Client("docker")


class Clients:
    """A PATH that holds only the clients that a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for tool in ("touch", "ldd", "sh"):
            (folder / tool).symlink_to(shutil.which(tool) or tool)

    def add(self, name: str, *, refused: str = "never", problem: str = "no") -> None:
        """Put a client there that fails when `refused` is among its arguments."""
        path = self.folder / name
        log = self.folder / f"{name}.log"
        path.write_text(CLIENT.format(log=log, refused=refused, problem=problem))
        path.chmod(0o755)

    def calls(self, name: str) -> list[str]:
        """Return the argument lists that a client got."""
        log = self.folder / f"{name}.log"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """An empty PATH, an empty cache, and no memory of earlier probes."""
    (tmp_path / "bin").mkdir()
    made = Clients(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("REPRISE_PYTHON", raising=False)
    available.remembered.cache_clear()
    monkeypatch.setattr(container, "digest_of", lambda _client, _image: "0" * 64)
    return made


def image(engine: Any = "docker", tag: str = "localhost/reprise/cpu:1") -> ImageRecord:
    """Return a made-up image record."""
    return images.image(engine=engine, tag=tag)


def job(tmp_path: Path, **fields: object) -> Job:
    """Return a job whose folders exist."""
    for name in ("code", "data"):
        (tmp_path / name).mkdir(exist_ok=True)
    arguments = ["-m", "benchmarks.run", "--data", "{data}/x", "--output={output}", '{"a": {}}']
    places = {name: tmp_path / name for name in ("code", "data", "output")}
    return Job("job-1", arguments, **places, **fields)  # type: ignore[arg-type]
