"""Engines: which is taken and why, how a job is started, and what is said when that cannot be."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from workflows import engines
from workflows.engines import container, host, isolation, local
from workflows.engines.client import Client
from workflows.engines.confined import Confined
from workflows.engines.interface import Engine, Job
from workflows.engines.user import hand_over
from workflows.errors import UserError
from workflows.images import share
from workflows.images.record import Base, ImageRecord

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
    container.remembered.cache_clear()
    monkeypatch.setattr(container, "digest_of", lambda _client, _image: "0" * 64)
    return made


def image(engine: Any = "docker", tag: str = "localhost/reprise/cpu:1") -> ImageRecord:
    """Return a made-up image record."""
    return ImageRecord(
        environment="cpu",
        engine=engine,
        pinned=True,
        tag=tag,
        content_digest="0" * 64,
        entries=1,
        lock_digest=None,
        base=Base(kind="interpreter", reference="Python 3", digest=None),
        python="3",
        packages={},
    )


def job(tmp_path: Path, **fields: object) -> Job:
    """Return a job whose folders exist."""
    for name in ("code", "data"):
        (tmp_path / name).mkdir(exist_ok=True)
    arguments = ["-m", "benchmarks.run", "--data", "{data}/x", "--output={output}", '{"a": {}}']
    places = {name: tmp_path / name for name in ("code", "data", "output")}
    return Job("job-1", arguments, **places, **fields)  # type: ignore[arg-type]


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


def test_auto_ends_at_venv_and_does_no_work_for_absent_clients(clients: Clients) -> None:
    engine, why = engines.resolve("auto")
    assert engine.name == "venv"
    assert "not docker: docker is not installed; not podman: podman is not installed" in why


def test_auto_says_everything_when_nothing_works(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/absent/python")
    with pytest.raises(UserError, match=r"auto found none.*not docker.*not podman.*not venv"):
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
    remembered = container.remembered("podman")
    assert list(remembered.run) == memory["run"]
    assert clients.calls("podman") == first  # no probe again


def words(client: Client = DOCKER, **fields: object) -> str:
    """Return the command line of a confined command."""
    confined = Confined("job-1", "image:1", ["python"], **fields)  # type: ignore[arg-type]
    return " ".join(isolation.run(client, confined))


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
    told = r"is gone.*; build it again: snakemake -f results/images/cpu\.json"
    with pytest.raises(UserError, match=told):
        engines.get(name).process(image(name, "cpu-1"), job(tmp_path))


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
