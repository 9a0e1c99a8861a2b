"""The engine `apptainer` with a made-up program: what it is told, and what is refused."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from tests.support.clients import Clients, image, job
from workflows.common import sums
from workflows.common.errors import CannotError, UserError
from workflows.environments import engines
from workflows.environments.clients import apptainer as apptainer_client
from workflows.environments.conditions import Conditions
from workflows.environments.engines import apptainer
from workflows.environments.engines.interface import Process
from workflows.environments.images import checked, sif
from workflows.environments.images.contents import Contents

TAG = "cpu-0000000000000000.sif"
SUM = hashlib.sha256(b"squashed").hexdigest()


@pytest.fixture
def program(clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """An Apptainer that "runs" as the probe expects, one image in the results, an ordinary user."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / TAG).write_bytes(b"squashed")
    checked.write(tmp_path / "images" / TAG)
    monkeypatch.setattr(apptainer, "IMAGES", tmp_path / "images")
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    monkeypatch.setattr(checked, "on_node", lambda name: tmp_path / name)
    apptainer._network.cache_clear()
    clients.add("apptainer")
    return clients


def start(tmp_path: Path, **fields: object) -> Process:
    """Start a job in the image."""
    return engines.get("apptainer").process(image("apptainer", TAG), job(tmp_path, **fields))


def test_a_run_is_shut_in(program: Clients, tmp_path: Path) -> None:
    line = " ".join(start(tmp_path, environment={"A": "1,2"}).arguments)
    assert line.startswith("apptainer --quiet exec --containall --no-home --net --network none ")
    assert "target=/reprise,readonly" in line
    assert f'source={tmp_path / "output"}",target=/output ' in line
    assert "--nv" not in line
    before, _, after = line.partition(f" {tmp_path / 'images' / TAG} env ")
    assert before, "the image is followed by the exact environment, commas and all"
    assert "HOME=/tmp PYTHONPATH=/reprise PYTHONDONTWRITEBYTECODE=1 A=1,2 /opt/reprise" in after
    assert "no network" in engines.get("apptainer").isolation


def test_one_gpu_is_shown(program: Clients, tmp_path: Path) -> None:
    words = start(tmp_path, gpu="1").arguments
    assert "--nv" in words
    assert "CUDA_VISIBLE_DEVICES=1" in words
    assert words.index("CUDA_VISIBLE_DEVICES=1") > words.index("env")


def test_where_the_network_stays_it_is_said(clients: Clients, program: Clients) -> None:
    program.add("apptainer", refused="none", problem="cannot set up network namespace")
    said = engines.get("apptainer").probe()
    assert said.endswith(", with the network")
    assert "the host's network" in engines.get("apptainer").isolation


def test_what_the_callers_shell_says_to_apptainer_is_not_heard(
    program: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("APPTAINER_BIND", "APPTAINERENV_OMP_NUM_THREADS", "SINGULARITY_NV"):
        monkeypatch.setenv(name, "planted")
    monkeypatch.setenv("APPTAINER_TMPDIR", "/scratch")
    environment = start(tmp_path).environment
    assert environment["APPTAINER_TMPDIR"] == "/scratch", "control: where to work is the user's"
    assert "planted" not in environment.values()


def test_a_build_does_not_hear_it_either(
    program: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPTAINER_BIND", "planted")
    monkeypatch.setenv("CONTROL", "heard")
    (program.folder / "apptainer").write_text("#!/bin/sh\n/usr/bin/env\n")
    said = apptainer_client.call("build", work=tmp_path).splitlines()
    assert "CONTROL=heard" in said
    assert "APPTAINER_BIND=planted" not in said
    assert f"APPTAINER_TMPDIR={tmp_path}" in said, "where to work, unless the user says so"


def test_memory_is_limited(program: Clients, tmp_path: Path) -> None:
    (program.folder / "prlimit").touch(0o755)
    words = start(tmp_path, memory_gb=0.5).arguments
    assert words[: words.index("apptainer")] == ["prlimit", f"--data={2**29}:{2**29}", "--"]


def test_another_user_cannot_be_had(program: Clients, tmp_path: Path) -> None:
    with pytest.raises(CannotError, match="user: apptainer runs as its caller, not as 4711"):
        start(tmp_path, conditions=Conditions(user=4711))


def test_a_damaged_image_is_refused(program: Clients, tmp_path: Path) -> None:
    start(tmp_path)  # control
    (tmp_path / "images" / TAG).write_bytes(b"squished")
    with pytest.raises(UserError, match=rf"{TAG}: SHA-256 .*damaged or replaced"):
        start(tmp_path)


def test_an_image_is_read_once_on_a_node(
    program: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def sha256(path: Path) -> str:
        read.append(path.name)
        return SUM

    monkeypatch.setattr(sums, "sha256", sha256)
    start(tmp_path)
    start(tmp_path)
    assert read == [TAG], "once for two runs"
    os.utime(tmp_path / "images" / TAG, (0, 0))
    start(tmp_path)
    assert read == [TAG, TAG], "control: again where the file is another one"


def test_a_program_that_is_absent_or_broken_names_the_fix(program: Clients) -> None:
    program.add("apptainer", refused="exec", problem="no user namespaces")
    with pytest.raises(UserError, match=r"apptainer: .*no user namespaces.*engine: venv"):
        engines.resolve("apptainer")
    (program.folder / "apptainer").unlink()
    with pytest.raises(UserError, match="apptainer is not installed; install it"):
        engines.resolve("apptainer")


def test_how_a_node_works_is_remembered_for_that_node(program: Clients, tmp_path: Path) -> None:
    engines.get("apptainer").probe()
    (memory,) = (tmp_path / "cache" / "engines").glob("apptainer-*.json")
    assert json.loads(memory.read_text()) == {"network": ["--net", "--network", "none"]}


def test_only_the_bits_that_mean_nothing_are_left_out() -> None:
    held = {"bin/su": "file 4755 aa", "tmp": "folder 1777", "link": "link 4755", "b": "file 0644 1"}
    assert sif._plain(Contents(held)).entries == {
        "bin/su": "file 0755 aa", "tmp": "folder 0777", "link": "link 4755", "b": "file 0644 1",
    }  # fmt: skip
