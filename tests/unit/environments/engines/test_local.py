"""Jobs without a container: a clean environment, limits, and the host's own Python."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.clients import Clients, job
from workflows.common.errors import UserError
from workflows.environments import engines
from workflows.environments.engines import host, local
from workflows.environments.engines.interface import Engine


def test_a_local_job_has_a_clean_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "64")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/lib")
    start = local.process(Path("/python"), job(tmp_path, environment={"MKL_CBWR": "AVX2"}))
    assert start.environment == {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "LD_LIBRARY_PATH": "/lib",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(tmp_path / "code"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": "",
        "MKL_CBWR": "AVX2",
    }
    start = local.process(Path("/python"), job(tmp_path, gpu="GPU-1"))
    assert start.environment["CUDA_VISIBLE_DEVICES"] == "GPU-1", "the one that the lock is for"
    assert start.arguments[:1] == ["/python"]
    assert f"--output={tmp_path / 'output'}" in start.arguments
    assert start.folder == tmp_path / "output"


def test_a_local_limit_is_on_data_and_not_with_a_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = local.process(Path("/python"), job(tmp_path, memory_gb=0.5))
    assert start.arguments[:4] == ["prlimit", f"--data={2**29}:{2**29}", "--", "/python"]
    assert "prlimit" not in local.process(Path("/p"), job(tmp_path, memory_gb=1, gpu="0")).arguments
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="memory_gb: prlimit is not installed"):
        local.process(Path("/python"), job(tmp_path, memory_gb=0.5))


@pytest.mark.parametrize(
    ("code", "told"), [(-9, "SIGKILL"), (137, "SIGKILL"), (1, None), (0, None)]
)
def test_a_killed_local_job_is_explained(tmp_path: Path, code: int, told: str | None) -> None:
    for engine in (engines.get("venv"), engines.get("host")):
        said = engine.explain(job(tmp_path), code)
        assert (said is None) if told is None else (said is not None and told in said)


def fake_torch(folder: Path) -> Path:
    """Make an interpreter that has a torch, or what looks like one."""
    site = folder / "site"
    site.mkdir()
    (site / "torch.py").write_text("__version__ = '0'\n")
    python = folder / "python3"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={site} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return python


def test_the_host_is_the_first_python_with_torch(clients: Clients, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no python3 on PATH has torch; set REPRISE_PYTHON"):
        engines.resolve("host")
    python = fake_torch(clients.folder)
    assert host.interpreter() == python
    assert "imports torch 0" in engines.resolve("host")[1]


def test_the_host_may_be_named(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = fake_torch(tmp_path)
    monkeypatch.setenv("REPRISE_PYTHON", str(python))
    assert host.interpreter() == python
    monkeypatch.setenv("REPRISE_PYTHON", str(tmp_path / "absent"))
    with pytest.raises(
        UserError, match=r"REPRISE_PYTHON=.*absent is no interpreter that has torch"
    ):
        host.interpreter()


def test_a_changed_host_is_recorded_again(clients: Clients, tmp_path: Path) -> None:
    fake_torch(clients.folder)
    engine: Engine = engines.get("host")
    record = engine.build("host")
    assert not record.pinned
    engine.process(record, job(tmp_path))
    distribution = clients.folder / "site" / "added-1.0.dist-info"
    distribution.mkdir()
    (distribution / "METADATA").write_text("Metadata-Version: 2.1\nName: added\nVersion: 1.0\n")
    with pytest.raises(UserError, match="changed since they were recorded"):
        engine.process(record, job(tmp_path))
