"""Which engine is taken and why, and what is said where none can be."""

from __future__ import annotations

import json
import sys

import pytest

from tests.support.clients import Clients
from workflows.common.errors import UserError
from workflows.environments import engines
from workflows.environments.clients import available


def test_auto_takes_docker_first(clients: Clients) -> None:
    clients.add("docker")
    clients.add("podman")
    engine, why = engines.resolve("auto")
    assert engine.name == "docker"
    assert "ran a container" in why
    assert clients.calls("podman") == []


def test_auto_goes_on_when_docker_is_only_a_client(clients: Clients) -> None:
    clients.add("docker", refused="run", problem="cannot connect; is it running?")
    clients.add("podman")
    engine, why = engines.resolve("auto")
    assert engine.name == "podman"
    assert "not docker: docker run: Error: cannot connect" in why
    assert "\n" not in why


def test_auto_ends_at_venv_and_does_no_work_for_absent_clients(
    clients: Clients, own_python: str
) -> None:
    engine, why = engines.resolve("auto")
    assert engine.name == "venv"
    assert "not docker: docker is not installed; not podman: podman is not installed" in why


def test_auto_says_everything_when_nothing_works(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/absent/python")
    with pytest.raises(
        UserError, match=r"auto found none.*not docker.*not podman.*not venv.*reprise doctor"
    ):
        engines.resolve("auto")


def test_a_named_engine_never_falls_back(clients: Clients) -> None:
    clients.add("docker", refused="run", problem="no daemon")
    clients.add("podman")
    with pytest.raises(UserError, match=r"engine docker: .*no daemon; start .*engine: venv"):
        engines.resolve("docker")
    assert clients.calls("podman") == []


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_a_missing_client_names_the_fix(clients: Clients, name: str) -> None:
    with pytest.raises(
        UserError, match=rf"{name} is not installed; install it .apt-get install {name}"
    ):
        engines.resolve(name)


def test_a_named_engine_that_works_is_taken(clients: Clients) -> None:
    clients.add("podman")
    engine, why = engines.resolve("podman")
    assert engine.name == "podman"
    assert why.startswith("engine podman, as asked: ")


@pytest.mark.parametrize(("wrong", "near"), [("dokcer", "docker"), ("pod", "podman")])
def test_an_unknown_engine_names_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(UserError, match=rf"'{wrong}'.*auto.*venv, host; did you mean {near}\?"):
        engines.resolve(wrong)


def test_a_container_that_cannot_write_is_no_working_engine(clients: Clients) -> None:
    clients.add("docker")
    (clients.folder / "docker").write_text("#!/bin/sh\n")
    with pytest.raises(UserError, match="cannot write to this host"):
        engines.resolve("docker")


def test_podman_is_called_as_its_host_needs_and_that_is_remembered(clients: Clients) -> None:
    clients.add("podman", refused="--init", problem="container-init binary not found")
    engines.resolve("podman")
    first = clients.calls("podman")
    assert any("--init " in call for call in first)  # plain came first
    memory = json.loads((clients.folder.parent / "cache" / "engines" / "podman.json").read_text())
    remembered = available.remembered("podman")
    assert list(remembered.run) == memory["run"]
    assert clients.calls("podman") == first  # no probe again
