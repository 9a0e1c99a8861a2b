"""Engines that are absent, down or working, and which one is taken."""

from __future__ import annotations

import shutil

import pytest

from tests.conftest import Need
from tests.support.clients import Clients
from workflows.environments.checkup import engines
from workflows.environments.checkup.finding import Finding, State

WORKS, ABSENT, POOR = State.WORKS, State.ABSENT, State.POOR


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_control_a_client_that_runs_containers_works(clients: Clients, name: str) -> None:
    clients.add(name)
    assert engines.engine(name).state is WORKS


@pytest.mark.parametrize("name", ["docker", "podman", "apptainer"])
def test_a_client_that_is_absent_is_no_fault(clients: Clients, name: str) -> None:
    found = engines.engine(name)
    assert (found.state, found.said) == (ABSENT, "not installed")


def test_a_daemon_that_is_down_is_told_apart(clients: Clients) -> None:
    clients.add("docker", refused="version", problem="cannot connect to its socket")
    found = engines.engine("docker")
    assert found.state is POOR
    assert "cannot connect to its socket" in found.said
    assert "systemctl start docker" in found.fix
    assert not any(call.startswith("run") for call in clients.calls("docker")), "asked in vain"


def test_a_client_that_runs_no_container_says_why(clients: Clients) -> None:
    clients.add("docker", refused="run", problem="no such runtime")
    found = engines.engine("docker")
    assert found.state is POOR and "no such runtime" in found.said and found.fix


def test_a_client_that_hangs_is_not_waited_for(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients.add("podman")
    path = clients.folder / "podman"
    path.write_text(
        path.read_text().replace("for argument", "[ $1 != run ] || /bin/sleep 30\nfor argument")
    )
    monkeypatch.setattr(engines, "PATIENCE", 1.0)
    found = engines.engine("podman")
    assert found.state is POOR and "no answer within 1 s" in found.said
    assert len([call for call in clients.calls("podman") if call.startswith("run")]) == 1


def test_a_broken_socket_of_the_real_docker(need: Need, monkeypatch: pytest.MonkeyPatch) -> None:
    need("docker", None if shutil.which("docker") else "not installed")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    found = engines.engine("docker")
    assert found.state is POOR and "systemctl start docker" in found.fix
    assert "\n" not in found.told


def test_nobody_must_have_a_torch_of_their_own(clients: Clients) -> None:
    assert engines.engine("host").state is ABSENT


@pytest.mark.parametrize(
    ("working", "expected"),
    [
        (["docker", "podman", "venv"], "docker"),
        (["venv", "podman"], "podman"),
        (["venv", "host", "apptainer"], "venv"),
        (["host", "apptainer"], None),
        ([], None),
    ],
)
def test_the_one_that_auto_takes_is_named(working: list[str], expected: str | None) -> None:
    names = ("docker", "podman", "apptainer", "venv", "host")
    found = [Finding(name, WORKS if name in working else POOR, "") for name in names]
    assert engines.first(found) == expected
    taken = engines.taken(expected)
    assert taken.state is (WORKS if expected else State.BLOCKS)
    assert str(expected or "none of docker, podman, venv") in taken.said
