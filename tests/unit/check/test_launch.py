"""A check that is ended takes along the program that it has started, and its folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import alive
from tests.support.waiting import until
from workflows.common.paths import ROOT

STUBBORN = """
import os, signal, sys, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
with open(sys.argv[1] + ".new", "w") as file:
    file.write(str(os.getpid()))
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(120)
"""


@pytest.mark.parametrize(
    ("verb", "number", "code"),
    [
        ("check", signal.SIGTERM, 143), ("check", signal.SIGINT, 130),
        ("check", signal.SIGKILL, -9), ("run", signal.SIGTERM, 143),
    ],
)  # fmt: skip
def test_an_ended_check_leaves_nothing_running(
    verb: str, number: int, code: int, tmp_path: Path
) -> None:
    project, home, told = tmp_path / "project", tmp_path / "home", tmp_path / "told"
    project.mkdir()
    home.mkdir()
    (project / "train.py").write_text(STUBBORN)
    output = ["--output", str(tmp_path / "out")] if verb == "run" else []
    words = [verb, *output, "--", sys.executable, "train.py", str(told)]
    started = subprocess.Popen(
        [sys.executable, "-m", "workflows", *words], cwd=project,
        env={**os.environ, "TMPDIR": str(home), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        until("the program", told.exists, 300)
        program = int(told.read_text())
        assert alive(program), "control"
        started.send_signal(number)
        assert started.wait(300) == code
        until("the program's end", lambda: not alive(program), 60)
        left = [path.name for path in home.iterdir()]
        assert left == [] or number == signal.SIGKILL, "what is killed can clear nothing away"
    finally:
        started.kill()
        started.communicate()
