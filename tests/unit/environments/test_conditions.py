"""A run's surroundings: what each engine starts for them, and what is refused afterwards."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.support.clients import Clients, job
from tests.support.surroundings import container_words, local_process
from workflows.common.errors import CannotError
from workflows.environments.conditions import Conditions
from workflows.environments.engines import container, local
from workflows.environments.engines.venv import Venv
from workflows.runs.held import Held, Processor
from workflows.runs.machine import unmet

HELD: dict[str, Any] = {
    "processor": {"model": "QEMU Haswell", "flags": "", "emulated": "Haswell"},
    "flags": {"cpu_capability": "AVX2"},
    "process": {"user": 23456, "folder": "deeper"},
}

ASKED = Conditions(cpu="Haswell", user=23456, folder="other/deeper")


def test_what_was_asked_and_held_is_met() -> None:
    assert unmet(ASKED, Held.model_validate(HELD)) is None
    assert unmet(Conditions(), Held(processor=Processor(model="Xeon", flags=""))) is None


@pytest.mark.parametrize(
    ("section", "held", "told"),
    [
        ("processor", {"model": "Xeon"}, "was an emulated Haswell, but the run held Xeon"),
        ("processor", {"model": "QEMU Nehalem", "emulated": "Nehalem"}, "held QEMU Nehalem, AVX2"),
        ("flags", {"cpu_capability": "AVX512"}, "PyTorch saw AVX512"),
        ("process", {"user": 0, "folder": "deeper"}, "asked was user 23456, but the run held user"),
        ("process", {"user": 23456, "folder": "x"}, "asked was folder other/deeper, but"),
    ],
)
def test_a_run_that_held_something_else_is_refused(section: str, held: Any, told: str) -> None:
    found = unmet(ASKED, Held.model_validate({**HELD, section: {"flags": "", **held}}))
    assert found is not None and told in found


def test_an_emulated_run_that_nobody_asked_for_is_refused() -> None:
    told = unmet(Conditions(), Held.model_validate(HELD))
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
    Venv().clean(asked)
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
