"""Processes with a budget of time: interrupted, then killed, and never left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.processes import alive
from tests.support.waiting import until
from workflows.common.guarded import Process
from workflows.common.paths import ROOT
from workflows.offline import budget


def run(tmp_path: Path, program: str, seconds: float) -> int | None:
    start = Process([sys.executable, "-c", program], dict(os.environ), tmp_path)
    return budget.run(start, tmp_path / "log", time.monotonic() + seconds, lambda _: None)


def test_a_process_within_its_time_gives_its_exit_code(tmp_path: Path) -> None:
    assert run(tmp_path, "raise SystemExit(7)", 60) == 7


def test_a_process_out_of_time_is_interrupted_then_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "GRACE", 2.0)
    tidy = "import time\ntry: time.sleep(60)\nexcept KeyboardInterrupt: print('tidy', flush=True)"
    assert run(tmp_path, tidy, 4) is None
    assert (tmp_path / "log").read_text() == "tidy\n"
    deaf = (
        "import os, signal, subprocess, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "print(subprocess.Popen(['sleep', '60']).pid, flush=True)\ntime.sleep(60)"
    )
    assert run(tmp_path, deaf, 4) is None
    child = int((tmp_path / "log").read_text())
    until("end of its child", lambda: not Path(f"/proc/{child}").exists(), 20)


def test_a_process_ends_with_a_caller_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\n"
        "from workflows.offline import budget\nfrom workflows.common.guarded import Process\n"
        "start = Process(['sh', '-c', 'sleep 60 & echo $$ $!; wait'], {}, Path('/'))\n"
        "budget.run(start, Path(sys.argv[1]), time.monotonic() + 60, print)"
    )
    log = tmp_path / "log"
    caller = subprocess.Popen([sys.executable, "-c", program, str(log)], cwd=ROOT)
    said = until("start", lambda: log.exists() and log.read_text().split(), 20)
    found = [int(number) for number in said or []]
    assert len(found) == 2 and all(map(alive, found)), "control"
    caller.kill()
    caller.wait()
    until("end of both", lambda: not any(map(alive, found)), 20)
