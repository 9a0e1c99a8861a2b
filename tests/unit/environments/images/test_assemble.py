"""Two builds of one image on one node: one after the other, whichever clone they come from."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.support.clients import image
from workflows.common import underway
from workflows.environments import definition as environments
from workflows.environments import wheels
from workflows.environments.clients.docker import Client
from workflows.environments.images import assemble, base
from workflows.environments.images.record import Base


@pytest.mark.parametrize(("names", "apart"), [(["cpu", "cpu"], True), (["cpu", "cuda"], False)])
def test_builds_of_the_same_inputs_come_one_after_the_other(
    names: list[str], apart: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one removes at its end, the other would still need; others' builds do not wait."""
    log: list[str] = []

    def build(*_words: object, **_options: object) -> None:
        log.append("build")
        time.sleep(0.3)

    debian = Base(kind="bootstrap", reference="bookworm", digest="0" * 64)
    monkeypatch.setattr(base, "obtain", lambda *_w, **_o: ("base", debian))
    monkeypatch.setattr(assemble, "on_node", lambda name: tmp_path / name)
    monkeypatch.setattr(wheels, "context", lambda _environment: nullcontext(tmp_path))
    monkeypatch.setattr(assemble, "_build", build)
    monkeypatch.setattr(assemble, "_record", lambda *_words: image())
    monkeypatch.setattr(Client, "has", lambda *_words: False)
    monkeypatch.setattr(Client, "asked", lambda *_words, **_options: log.append("prune"))
    with ThreadPoolExecutor() as pool:
        found = [environments.find(name) for name in names]
        list(pool.map(lambda each: assemble.assemble(Client("docker"), each), found))
    assert (log == ["build", "prune", "build", "prune"]) is apart


SAID = {
    "docker": "Step 1/9 : ARG BASE\nStep 7/9 : COPY wheels wheels\n ---> 1/3\n",
    "BuildKit": "#5 [base 1/3] FROM x\n#9 [builder 7/9] RUN pip\n#9 1.5 took 1/3\n",
    "podman": "STEP 1/9: ARG BASE\nSTEP 7/9: COPY wheels wheels\nat 1/3\n",
}


@pytest.mark.parametrize("name", SAID)
def test_a_build_says_at_which_step_it_is_and_all_its_own_words(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(underway, "PAUSE", 0.01)
    monkeypatch.setenv(underway.FOLLOWED, "1")
    script = f"printf %s '{SAID[name]}'; sleep 0.5; echo that is all >&2; exit 3"
    assert assemble._told(["sh", "-c", script], Client("docker"), 44) == 3
    shown = capsys.readouterr().err
    assert "docker: building, step 7 of 9, about 50 s left" in shown
    kept = "".join(line.rpartition("\r")[2] + "\n" for line in shown.split("\n")[:-1])
    assert kept == SAID[name] + "that is all\n"


STATUS = """Package: zlib1g
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Version: 1:1.2.13.dfsg-1
Description: compression library
 Status: deinstall ok config-files
 .
 Version: 9

Package: adduser
Status: install ok installed
Architecture: all
Version: 3.134

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1
"""


def test_what_dpkg_has_installed_is_read_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "status").write_text(STATUS)
    for name, expected in (
        ("status", {"adduser:all": "3.134", "zlib1g:amd64": "1:1.2.13.dfsg-1"}), ("none", {}),
    ):  # fmt: skip
        command = [sys.executable, "-c", assemble.SYSTEM, str(tmp_path / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert json.loads(done.stdout)["packages"] == expected
