"""A run's surroundings: what each engine starts for them, and what is refused afterwards."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.unit.test_engines import Clients, clients, image, job
from workflows import neighbours
from workflows.conditions import Conditions, unmet
from workflows.engines import container, emulator, get, local
from workflows.engines.interface import Process
from workflows.errors import CannotError, UserError
from workflows.places import ROOT

__all__ = ["clients"]  # a fixture

MODELS = "Available CPUs:\nx86 Haswell  (alias)\nx86 Haswell-v1  Intel\nx86 Nehalem  (alias)\n"
HELD: dict[str, Any] = {
    "processor": {"model": "QEMU Haswell", "emulated": "Haswell"},
    "flags": {"cpu_capability": "AVX2"},
    "process": {"user": 23456, "folder": "deeper"},
}
ASKED = Conditions(cpu="Haswell", user=23456, folder="other/deeper")


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


def local_process(tmp_path: Path, **around: Any) -> Process:
    """Return how a job with these surroundings is started on this host."""
    return local.process(Path(sys.executable), job(tmp_path, conditions=Conditions(**around)))


def container_words(tmp_path: Path, engine: str = "docker", **around: Any) -> list[str]:
    """Return the argument list of a container with these surroundings."""
    return get(engine).process(image(), job(tmp_path, conditions=Conditions(**around))).arguments


def test_what_was_asked_and_held_is_met() -> None:
    assert unmet(ASKED, HELD) is None
    assert unmet(Conditions(), {"processor": {"model": "Xeon"}}) is None


@pytest.mark.parametrize(
    ("section", "held", "told"),
    [
        ("processor", {"model": "Xeon"}, "asked was an emulated Haswell, but the run held Xeon"),
        ("processor", {"model": "QEMU Nehalem", "emulated": "Nehalem"}, "held QEMU Nehalem, AVX2"),
        ("flags", {"cpu_capability": "AVX512"}, "PyTorch saw AVX512"),
        ("process", {"user": 0, "folder": "deeper"}, "asked was user 23456, but the run held user"),
        ("process", {"user": 23456, "folder": "x"}, "asked was folder other/deeper, but"),
    ],
)
def test_a_run_that_held_something_else_is_refused(section: str, held: Any, told: str) -> None:
    found = unmet(ASKED, {**HELD, section: held})
    assert found is not None and told in found


def test_an_emulated_run_that_nobody_asked_for_is_refused() -> None:
    told = unmet(Conditions(), HELD)
    assert told == "asked was this machine's own processor, but the run held QEMU Haswell, AVX2"


@pytest.mark.parametrize("folder", ["/absolute", "../up", "a//b", "a/../b", "", "a b"])
def test_a_folder_stays_below_the_runs_own(folder: str) -> None:
    with pytest.raises(ValidationError, match="folder"):
        Conditions(folder=folder)


def test_variables_replace_an_engines_own(clients: Clients, tmp_path: Path) -> None:
    clients.add("docker")
    assert local_process(tmp_path, variables={"LANG": "C"}).environment["LANG"] == "C"
    assert local_process(tmp_path).environment["LANG"] == "C.UTF-8"
    words = container_words(tmp_path, variables={"HOME": "/output", "TZ": "FAR-13:45"})
    assert "--env=HOME=/output" in words and "--env=TZ=FAR-13:45" in words
    assert "--env=HOME=/tmp" not in words


def test_another_working_directory_is_made(clients: Clients, tmp_path: Path) -> None:
    clients.add("podman")
    start = local_process(tmp_path, folder="a/b")
    assert start.folder == tmp_path / "output" / "a" / "b" and start.folder.is_dir()
    words = container_words(tmp_path, "podman", folder="c/d")
    assert words[words.index("--workdir") + 1] == "/output/c/d"
    assert (tmp_path / "output" / "c" / "d").is_dir()
    assert "--workdir" not in container_words(tmp_path, "podman")


def test_another_user_in_a_container(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients.add("docker")
    owners: list[int] = []
    monkeypatch.setattr(container, "hand_over", lambda _, owner: owners.append(owner))
    monkeypatch.setattr(os, "getuid", lambda: 0)
    words = container_words(tmp_path, user=4711)
    assert words[words.index("--user") + 1] == "4711:4711"
    assert owners == [4711]
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    with pytest.raises(CannotError, match="user: 4711: only root"):
        container_words(tmp_path, user=4711)
    with pytest.raises(CannotError, match="user: 4711: only root"):
        local_process(tmp_path, user=4711)


@pytest.mark.skipif(os.getuid() != 0, reason="only root starts a run as somebody else")
def test_another_user_on_this_host(open_folder: Path) -> None:
    asked = job(open_folder, conditions=Conditions(user=4711), memory_gb=4.0)
    (asked.code / "benchmarks").mkdir()
    start = local.process(Path("/usr/bin/env"), asked)
    assert start.arguments[:2] == ["setpriv", "--reuid=4711"] and "prlimit" in start.arguments
    end = start.arguments.index("/usr/bin/env")
    program = "id -u; id -g; id -G; pwd; touch seen"
    said = subprocess.run(
        [*start.arguments[:end], "sh", "-c", program],
        env=start.environment, cwd=start.folder, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert said == ["4711", "4711", "4711", str(asked.output)]
    assert start.environment["HOME"] == str(asked.output)
    assert (asked.output / "seen").stat().st_uid == 4711
    local.clean(asked)
    assert {path.stat().st_uid for path in (asked.output, asked.output / "seen")} == {0}


@pytest.mark.skipif(os.getuid() != 0, reason="only root starts a run as somebody else")
@pytest.mark.parametrize("closed", ["code", "data"])
def test_what_another_user_cannot_read_is_named(open_folder: Path, closed: str) -> None:
    asked = job(open_folder, conditions=Conditions(user=4711))
    (asked.code / "benchmarks").mkdir()
    (open_folder / closed).chmod(0o700)
    told = rf"user: 4711: .* cannot read .*/{closed}.*chmod o\+rX"
    with pytest.raises(CannotError, match=told) as error:
        local.process(Path("/usr/bin/env"), asked)
    assert "\n" not in str(error.value)


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


def seconds(process: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def alive(process: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(condition: Any, limit: float = 20) -> bool:
    """Wait for a condition; return whether it came true."""
    deadline = time.monotonic() + limit
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(found)


def test_neighbours_are_busy_on_the_same_cpus_and_end() -> None:
    with neighbours.busy(2) as found:
        ids = [process.pid for process in found.processes]
        assert until(lambda: all(seconds(each) > 0.1 for each in ids))
        assert {frozenset(os.sched_getaffinity(each)) for each in ids} == {
            frozenset(os.sched_getaffinity(0))
        }
        assert found.ended() == 0
    assert len(ids) == 2 and not any(map(alive, ids))


def test_neighbours_end_when_their_run_fails() -> None:
    seen: list[neighbours.Neighbours] = []
    with pytest.raises(RuntimeError, match="planted"), neighbours.busy(1) as found:
        seen.append(found)
        raise RuntimeError("planted")
    assert [alive(process.pid) for process in seen[0].processes] == [False]


def test_a_neighbour_that_ended_early_is_noticed() -> None:
    with neighbours.busy(2) as found:
        found.processes[0].kill()
        found.processes[0].wait()
        assert found.ended() == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_neighbours_end_with_their_parent_however_that_ends(number: int) -> None:
    program = (
        "import time\nfrom workflows.neighbours import busy\n"
        "with busy(2) as found:\n"
        "    print(*(p.pid for p in found.processes), flush=True)\n    time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    ids = [int(word) for word in parent.stdout.readline().split()]
    assert len(ids) == 2 and all(map(alive, ids)), "control"
    parent.send_signal(number)
    parent.wait()
    assert until(lambda: not any(map(alive, ids)))
