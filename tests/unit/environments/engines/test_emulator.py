"""A run under another processor's instruction set: how it starts, and what is refused."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from tests.support.clients import Clients, image, job
from tests.support.surroundings import container_words, local_process
from workflows.common.errors import CannotError, UserError
from workflows.environments.conditions import Conditions
from workflows.environments.engines import emulator, local

MODELS = "Available CPUs:\nx86 Haswell  (alias)\nx86 Haswell-v1  Intel\nx86 Nehalem  (alias)\n"


@pytest.fixture
def fake_qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two emulators that know two models and emulate nothing, on PATH."""
    folder = tmp_path / "emulators"
    folder.mkdir()
    for name in emulator.ANY:
        (folder / name).write_text(f"#!/bin/sh\necho '{MODELS}'\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    emulator.models.cache_clear()
    return folder


def test_an_emulator_goes_before_the_interpreter(
    clients: Clients, fake_qemu: Path, tmp_path: Path
) -> None:
    clients.add("docker")
    start = local_process(tmp_path, cpu="Haswell")
    words = [str(fake_qemu / "qemu-x86_64"), "-cpu", "Haswell"]
    assert start.arguments[:4] == [*words, sys.executable]
    assert start.environment[emulator.VARIABLE] == shlex.join(words)
    inside = container_words(tmp_path, cpu="Nehalem")
    static = fake_qemu / "qemu-x86_64-static"
    assert f'--mount=type=bind,"source={static}",target=/qemu-x86_64,readonly' in inside
    at = inside.index("image:1" if "image:1" in inside else image().tag)
    assert inside[at + 1 : at + 4] == ["/qemu-x86_64", "-cpu", "Nehalem"]
    assert "--env=REPRISE_EMULATOR=/qemu-x86_64 -cpu Nehalem" in inside
    assert emulator.VARIABLE not in local_process(tmp_path).environment
    assert "REPRISE" not in " ".join(container_words(tmp_path))


def test_without_an_emulator_nothing_runs_natively(clients: Clients, tmp_path: Path) -> None:
    clients.add("docker")
    told = "is not installed: apt-get install qemu-user qemu-user-static"
    with pytest.raises(CannotError, match=f"qemu-x86_64 {told}"):
        local_process(tmp_path, cpu="Haswell")
    with pytest.raises(CannotError, match=f"qemu-x86_64-static {told}"):
        container_words(tmp_path, cpu="Haswell")


def test_an_unknown_model_names_the_known_ones(fake_qemu: Path, tmp_path: Path) -> None:
    told = r"cpu: 'haswel': not a model of QEMU; did you mean Haswell\? known: Haswell, Nehalem$"
    with pytest.raises(UserError, match=told) as error:
        local_process(tmp_path, cpu="haswel")
    assert not isinstance(error.value, CannotError)


def test_no_emulator_has_a_gpu(fake_qemu: Path, tmp_path: Path) -> None:
    asked = job(tmp_path, gpu=True, conditions=Conditions(cpu="Haswell"))
    with pytest.raises(CannotError, match="no GPU"):
        local.process(Path(sys.executable), asked)
