"""How a container ended, and images that are gone or of another content."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.clients import Clients, image, job
from workflows.common.errors import UserError
from workflows.environments import engines
from workflows.environments.engines import container
from workflows.environments.images import share

STATES = [
    ('{"OOMKilled": true, "Error": ""}', "out of memory: it needed more than the limit of 2 GB"),
    ('{"OOMKilled": false, "Error": "exec: not found"}', "exec: not found"),
    (
        '{"OOMKilled": false, "Error": ""}',
        "killed by signal 9 (SIGKILL): most likely by the kernel",
    ),
]


@pytest.mark.parametrize(("state", "told"), STATES)
def test_what_ended_a_container_is_explained(
    clients: Clients, tmp_path: Path, state: str, told: str
) -> None:
    (clients.folder / "docker").write_text(f"#!/bin/sh\necho '{state}'\n")
    (clients.folder / "docker").chmod(0o755)
    said = engines.get("docker").explain(job(tmp_path, memory_gb=2.0), 137)
    assert said is not None
    assert said.startswith(told)


def test_an_image_of_another_content_is_refused(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients.add("docker")
    monkeypatch.setattr(container, "digest_of", lambda _client, _image: "1" * 64)
    with pytest.raises(UserError, match=r"holds 1111.*recorded were 0000.*remove it"):
        engines.get("docker").process(image(), job(tmp_path))


def test_a_container_that_is_gone_explains_nothing(clients: Clients, tmp_path: Path) -> None:
    assert engines.get("docker").explain(job(tmp_path), 1) is None


@pytest.mark.parametrize("name", ["docker", "apptainer", "venv"])
def test_an_image_that_is_gone_names_the_fix(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    clients.add("docker", refused="inspect")
    monkeypatch.setattr(container, "digest_of", lambda _client, _image: None)
    monkeypatch.setattr(share, "IMAGES", tmp_path / "images")
    told = r"is gone.*; build it again: reprise matrix -- -f results/images/cpu\.json"
    with pytest.raises(UserError, match=told):
        engines.get(name).process(image(name, "cpu-1"), job(tmp_path))
