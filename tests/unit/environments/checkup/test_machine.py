"""Cores, memory, shared memory, Slurm, QEMU: too little is seen, enough is not complained of."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.environments.checkup import machine
from workflows.environments.checkup.finding import State

GB = 1e9


def program(folder: Path, name: str, script: str) -> None:
    """Put a made-up program on PATH."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_control_this_python_works() -> None:
    assert machine.python().state is State.WORKS


def test_a_python_that_cannot_work_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "problem", lambda _: "Python 3.10: expected 3.11; install it")
    found = machine.python()
    assert (found.state, found.fix) == (State.BLOCKS, "install it")


def test_programs_that_snakemake_starts_are_needed(path: Path) -> None:
    program(path, "bash", "exit 0")
    found = machine.programs()
    assert found.state is State.BLOCKS and found.said == "which not on PATH"
    program(path, "which", "exit 0")
    assert machine.programs().state is State.WORKS


@pytest.mark.parametrize(
    ("free", "cores", "state", "told"),
    [
        (16 * GB, 4, State.WORKS, "16.0 GB free"),
        (4.5 * GB, 16, State.POOR, "CORES=4"),
        (0.4 * GB, 1, State.BLOCKS, "larger machine"),
    ],
)
def test_memory(free: float, cores: int, state: State, told: str) -> None:
    found = machine.memory(free, cores)
    assert found.state is state and told in found.told


@pytest.mark.parametrize(
    ("size", "state"), [(GB, State.WORKS), (64e6, State.WORKS), (8e6, State.POOR)]
)
def test_shared_memory(size: float, state: State) -> None:
    found = machine.shared_memory(size=size)
    assert found.state is state
    assert ("--shm-size" in found.fix) == (state is State.POOR)


def test_no_shared_memory_at_all() -> None:
    assert machine.shared_memory("/nowhere/shm").state is State.POOR


def test_slurm(path: Path) -> None:
    assert machine.slurm().state is State.ABSENT
    program(path, "sbatch", "exit 0")
    program(path, "sinfo", "echo 'sinfo: error: cannot contact the controller' >&2; exit 1")
    found = machine.slurm()
    assert found.state is State.POOR and "cannot contact the controller" in found.said
    program(path, "sinfo", "exit 0")
    assert "no partition" in machine.slurm().said
    program(path, "sinfo", "echo gpu; echo cpu; echo cpu")
    found = machine.slurm()
    assert found.state is State.WORKS and "partitions gpu, cpu:" in found.said


def test_qemu(path: Path) -> None:
    assert machine.qemu().state is State.ABSENT
    program(path, "qemu-x86_64", "echo qemu-x86_64 version 7")
    found = machine.qemu()
    assert found.state is State.POOR and "not for containers" in found.said
    program(path, "qemu-x86_64-static", "exit 1")
    assert machine.qemu().state is State.WORKS
    program(path, "qemu-x86_64", "exit 1")
    assert machine.qemu().state is State.POOR
