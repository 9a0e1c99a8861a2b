"""The GPU: absent, without its driver, too old, out of a container's reach, or fine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.environments.checkup.test_machine import path, program
from workflows.environments.checkup import gpu
from workflows.environments.checkup.finding import State

__all__ = ["path"]

H100 = "echo 'NVIDIA H100 80GB HBM3, {}, 81559 MiB'"


@pytest.fixture(autouse=True)
def no_devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No description of a device for containers, whatever this machine has."""
    monkeypatch.setattr(gpu, "CDI", (tmp_path / "cdi",))


def test_control_no_gpu_is_no_fault(path: Path) -> None:
    found = gpu.gpu()
    assert found.state is State.ABSENT and "not-run" in found.said


def test_a_driver_that_does_not_answer(path: Path) -> None:
    said = "NVIDIA-SMI has failed because it could not communicate with the driver"
    program(path, "nvidia-smi", f"echo '{said}' >&2; exit 9")
    found = gpu.gpu()
    assert found.state is State.POOR and said in found.said


@pytest.mark.parametrize("script", ["exit 0", "echo No devices were found"])
def test_a_driver_without_a_gpu(path: Path, script: str) -> None:
    program(path, "nvidia-smi", script)
    assert "names none" in gpu.gpu().said


@pytest.mark.parametrize(("driver", "state"), [("580.65.06", State.WORKS), ("570.86", State.POOR)])
def test_the_driver_is_held_against_cuda(path: Path, driver: str, state: State) -> None:
    program(path, "nvidia-smi", H100.format(driver))
    found = gpu.gpu()
    assert found.state is state and "NVIDIA H100" in found.said
    assert ("580 or newer" in found.fix) == (state is State.POOR)


def test_two_gpus_are_counted(path: Path) -> None:
    program(path, "nvidia-smi", "\n".join([H100.format("580.1")] * 2))
    assert "and 1 more" in gpu.gpu().said


def test_what_containers_cannot_reach_is_named(path: Path) -> None:
    program(path, "nvidia-smi", H100.format("580.1"))
    program(path, "docker", "echo '{\"runc\":{}}'")
    program(path, "podman", "exit 0")
    found = gpu.gpu()
    assert found.state is State.POOR
    assert "docker and podman" in found.said and "container toolkit" in found.fix
    program(path, "docker", 'echo \'{"nvidia":{},"runc":{}}\'')
    assert "of podman" in gpu.gpu().said
    (path / "cdi").mkdir()
    (path / "cdi" / "nvidia.yaml").touch()
    assert gpu.gpu().state is State.WORKS, "control"
