"""What docs/isolation.md says of the engines at hand, tried out by a program that tries it all."""

from __future__ import annotations

import json
import os
import pwd
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Need
from tests.support.processes import called, planted
from tests.workflow.contained import built
from workflows.common.paths import ROOT
from workflows.environments.engines import ENGINES, get
from workflows.environments.engines.interface import Engine, Job
from workflows.runs.launch import carry_out

pytestmark = [pytest.mark.engine, pytest.mark.late]

LOOK = """
import json, os, socket, subprocess, sys
data, output, secret, outside, port, name = sys.argv[1:]
code = os.environ["PYTHONPATH"].partition(":")[0]
def can(act):
    try:
        act()
    except OSError:
        return False
    return True
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
if not os.fork():
    os.setsid()
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", name])
    os._exit(0)
seen = {
    "network": can(lambda: socket.create_connection(("127.0.0.1", int(port)), timeout=5)),
    "secret": can(lambda: open(secret).close()),
    "outside": can(lambda: open(outside, "w").close()),
    "code": can(lambda: open(code + "/planted", "w").close()),
    "data": can(lambda: open(data + "/planted", "w").close()),
    "reads": all(can(lambda p=p: os.listdir(p)) for p in (data, code)),
    "scratch": can(lambda: open("/tmp/" + name, "w").close()),
    "user": os.getuid(),
    "capabilities": int(status["CapEff"], 16),
}
open(output + "/seen.json", "w").write(json.dumps(seen))
"""
HUGE = "held = b'x' * 2**30"


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, need: Need, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Each engine that works here."""
    if request.param == "host" and "REPRISE_PYTHON" not in os.environ:
        python = request.getfixturevalue("torch_python")
        monkeypatch.setenv("REPRISE_PYTHON", str(python))
    need(request.param)
    return get(request.param)


@pytest.fixture
def port() -> Iterator[int]:
    """A port of this host that listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def name() -> Iterator[str]:
    """What the planted daemon is found by."""
    with planted() as name:
        yield name
    Path("/tmp", name).unlink(missing_ok=True)  # noqa: S108 - of the engines that share it


def claims(engine: str) -> dict[str, str]:
    """Return an engine's row of the table, by column."""
    lines = (ROOT / "docs" / "isolation.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line[:1] == "|"]
    (row,) = (row for row in rows if row[0] == f"`{engine}`")
    mine = [(each.split(", or ") * 2)[bool(os.getuid())] for each in row]  # root's, or others'
    return dict(zip(rows[0], mine, strict=True))


def run(engine: Engine, job: Job, program: str, *arguments: str) -> str | None:
    """Carry out a program under the launcher's own hands; return the reason of its failure."""
    job = replace(job, arguments=["-c", program, "{data}", "{output}", *arguments])
    return carry_out(engine, built(engine.name), job, job.code.parent / "log", 120)


def seen(engine: Engine, job: Job, *arguments: str) -> dict[str, Any]:
    """Return what the program could do."""
    why = run(engine, job, LOOK, *arguments)
    assert why is None, (why, (job.code.parent / "log").read_text())
    found: dict[str, Any] = json.loads((job.output / "seen.json").read_text())
    return found


def test_the_table_is_true(engine: Engine, job: Job, port: int, name: str) -> None:
    secret, outside = job.code.parent / "secret", job.code.parent / "outside"
    secret.touch(0o600)
    told = claims(engine.name)
    found = seen(engine, job, str(secret), str(outside), str(port), name)
    assert {"none": False, "the host's": True}[told["network"]] == found["network"]
    everything = told["files it reads"] == "all its user may"
    assert found["reads"] and found["secret"] == everything
    assert found["outside"] == outside.exists() == (told["files it writes"] == "all its user may")
    assert found["code"] == found["data"] == (told["files it writes"] == "all its user may")
    assert found["scratch"]
    assert Path("/tmp", name).exists() == everything, "an own /tmp"  # noqa: S108
    who = told["user"]
    users = {"the caller": os.getuid(), "nobody": pwd.getpwnam("nobody").pw_uid, "10001": 10001}
    assert found["user"] == users[who]
    own = int(Path("/proc/self/status").read_text().partition("CapEff:")[2].split()[0], 16)
    assert found["capabilities"] == {"none": 0, "the caller's": own}[told["capabilities"]]
    assert told["processes at its end"] == "all ended" and not called(name)
    assert ("no network" in engine.isolation) == (told["network"] == "none")
    assert ("not root" in engine.isolation) == (told["capabilities"] == "none")


def test_the_memory_limit_is_as_told(engine: Engine, job: Job) -> None:
    assert run(engine, replace(job, memory_gb=2.5), HUGE) is None, "control"
    why = run(engine, replace(job, memory_gb=0.5), HUGE)
    assert why is not None
    told = claims(engine.name)["data beyond its memory limit"]
    expected = {"killed": "out of memory: it needed more than", "no memory": "MemoryError"}
    assert expected[told] in why


def test_all_engines_are_told_of() -> None:
    assert all(claims(name)["engine"] == f"`{name}`" for name in ENGINES)
