"""What a container is told: shut in, limited, and whose its files are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.clients import DOCKER, Clients, image, job
from workflows.common.errors import UserError
from workflows.environments import engines
from workflows.environments.clients import docker
from workflows.environments.clients.confined import Confined
from workflows.environments.clients.docker import Client
from workflows.environments.user import hand_over


def words(client: Client = DOCKER, **fields: object) -> str:
    """Return the command line of a confined command."""
    confined = Confined("job-1", "image:1", ["python"], **fields)  # type: ignore[arg-type]
    return " ".join(docker.run(client, confined))


def test_a_container_is_shut_in(tmp_path: Path) -> None:
    line = words()
    for flags in (
        "--network none",
        "--read-only",
        "--tmpfs /tmp:",
        "--cap-drop ALL",
        "--security-opt no-new-privileges",
        "--pids-limit ",
        "--init",
        "--shm-size 1g",
        "--name job-1",
    ):
        assert flags in line
    assert "--rm" not in line.split()
    assert "--user 0" not in line
    assert line.endswith(" image:1 python")


def test_root_runs_as_somebody_else_and_others_as_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert "--user 10001:10001" in words(Client("podman"))
    monkeypatch.setattr(os, "getuid", lambda: 1234)
    monkeypatch.setattr(os, "getgid", lambda: 56)
    assert "--user 1234:56" in words()
    assert "keep-id" not in words()
    assert "--userns keep-id" in words(Client("podman"))


def test_memory_and_gpu_are_asked_for_only_on_demand(tmp_path: Path) -> None:
    assert "--memory" not in words()
    assert "--gpus" not in words()
    limited = words(memory_gb=1.5)
    assert f"--memory {3 * 2**29}b --memory-swap {3 * 2**29}b" in limited
    assert "--gpus device=1 " in words(gpu="1")
    assert "--device nvidia.com/gpu=1 " in words(Client("podman"), gpu="1")


def test_rootless_podman_limits_the_data_of_each_process_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    podman, size = Client("podman"), 3 * 2**29
    assert "--ulimit" not in words(podman, memory_gb=1.5)
    monkeypatch.setattr(os, "getuid", lambda: 1234)
    assert f"--memory-swap {size}b --ulimit data={size}:{size}" in words(podman, memory_gb=1.5)
    assert "--ulimit" not in words(podman, memory_gb=1.5, gpu="0")
    assert "--ulimit" not in words(podman)
    assert "--ulimit" not in words(memory_gb=1.5), "docker's daemon is root's"


def test_mounts_are_read_only_unless_written_to_and_may_have_commas(tmp_path: Path) -> None:
    line = words(read={"/data": Path("/a,b")}, write={"/output": Path('/c"d')})
    assert '--mount=type=bind,"source=/a,b",target=/data,readonly' in line
    assert '--mount=type=bind,"source=/c""d",target=/output' in line.split()


def test_a_job_in_a_container(clients: Clients, tmp_path: Path) -> None:
    clients.add("docker")
    engine = engines.get("docker")
    start = engine.process(image(), job(tmp_path, environment={"PYTHONHASHSEED": "3"}))
    line = " ".join(start.arguments)
    assert "--data /data/x --output=/output" in line
    assert start.arguments[-1] == '{"a": {}}'
    assert "--env=PYTHONHASHSEED=3" in start.arguments
    assert "--env=PYTHONDONTWRITEBYTECODE=1" in start.arguments
    assert "target=/reprise,readonly" in line
    assert any(
        call.startswith("rm --force") and call.endswith("job-1") for call in clients.calls("docker")
    )
    assert (tmp_path / "output").is_dir()
    engine.clean(job(tmp_path))
    assert (tmp_path / "output").stat().st_uid == os.getuid()


def test_data_that_is_not_there_is_not_mounted(clients: Clients, tmp_path: Path) -> None:
    clients.add("docker")
    asked = job(tmp_path)
    asked.data.rmdir()
    assert "target=/data" not in " ".join(engines.get("docker").process(image(), asked).arguments)


@pytest.mark.skipif(os.getuid() != 0, reason="only root runs as somebody else")
def test_code_that_the_run_could_not_read_is_refused(clients: Clients, tmp_path: Path) -> None:
    clients.add("docker")
    asked = job(tmp_path)
    asked.code.chmod(0o700)
    with pytest.raises(UserError, match=r"mode 700.*10001.*chmod -R"):
        engines.get("docker").process(image(), asked)


def test_links_in_the_output_are_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed: list[tuple[Path, bool]] = []

    def chown(path: Path, _uid: int, _gid: int, *, follow_symlinks: bool = True) -> None:
        changed.append((path, follow_symlinks))

    monkeypatch.setattr(os, "chown", chown)
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "link").symlink_to("/etc")
    hand_over(tmp_path / "output", 0)
    assert changed == [(tmp_path / "output", True), (tmp_path / "output" / "link", False)]
