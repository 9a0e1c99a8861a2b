"""The schedule: one campaign at a time, one line, whom it is told; the files for cron, systemd."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Need
from tests.support import finished
from workflows.common import pipeline
from workflows.common.paths import ROOT
from workflows.history.campaign import Campaign, append, of
from workflows.history.schedule import BusyError, alone, line, notify, prune, run
from workflows.matrix.model import Matrix

FOLDER = ROOT / "workflows" / "history" / "cron"
RUNS = ROOT / "workflows" / "rules" / "runs.smk"
SEEDED = "cpu/cpu/toy/seeded/baseline"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Campaign, Matrix]:
    results = finished.records(tmp_path_factory.mktemp("campaign"))
    matrix = finished.judge(results)
    return of(matrix, results), matrix


def later(campaign: Campaign, **fields: Any) -> Campaign:
    cells = {name: cell.model_copy(update=fields) for name, cell in campaign.cells.items()}
    return campaign.model_copy(update={"started": "2027-01-01T00:00:00+00:00", "cells": cells})


def test_one_at_a_time(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from workflows.history.schedule import alone\n"
        "with alone(Path(sys.argv[1]), wait=False): print('in', flush=True); time.sleep(60)"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert first.stdout is not None and first.stdout.readline() == b"in\n"
        with (
            pytest.raises(BusyError, match=f"process {first.pid}"),
            alone(tmp_path, wait=False),
        ):
            pass
    finally:
        first.kill()
        first.wait()
    with alone(tmp_path, wait=False):  # the lock ended with its process
        pass


def test_the_line(judged: tuple[Campaign, Matrix]) -> None:
    campaign, matrix = judged
    assert line([campaign], matrix)[0] is True
    good, text = line([campaign, later(campaign)], matrix)
    assert good and "3 cells as before" in text
    good, text = line([campaign, later(campaign, outcomes=["f" * 64])], matrix)
    assert not good and f"{SEEDED}: drifted" in text and "\n" not in text
    good, text = line([campaign, later(campaign, verdict="differs")], matrix)
    assert not good and "identical before, differs now" in text
    invalid = matrix.model_copy(update={"validity": "invalid"})
    assert line([campaign], invalid)[0] is False
    cells = [matrix.cells[0].model_copy(update={"verdict": "failed", "reason": "killed"})]
    good, text = line([campaign], matrix.model_copy(update={"cells": cells}))
    assert not good and "1 failed, first" in text and "killed" in text


def test_the_last_campaigns_are_kept(judged: tuple[Campaign, Matrix], tmp_path: Path) -> None:
    campaign = judged[0]
    for day in range(1, 6):
        append(campaign.model_copy(update={"started": f"2027-01-0{day}T00:00:00+00:00"}), tmp_path)
    prune(tmp_path, None)
    assert len([*tmp_path.iterdir()]) == 5
    prune(tmp_path, 2)
    assert [path.name[:8] for path in sorted(tmp_path.iterdir())] == ["20270104", "20270105"]


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[Any]]]:
    """A server on this machine that keeps what it is sent; it dislikes /broken."""
    received: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(500 if self.path == "/broken" else 204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()


def test_whom_it_is_told(
    webhook: tuple[str, list[Any]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    address, received = webhook
    program = tmp_path / "tell"
    program.write_text(f'#!/bin/sh\nprintf %s "$2" > {tmp_path}/told\n')
    program.chmod(0o755)
    notify("it's $HOME; drifted", f"{program} --now", address)
    assert (tmp_path / "told").read_text() == "it's $HOME; drifted", "no shell reads the line"
    assert received == [{"text": "it's $HOME; drifted"}]
    notify("x", str(tmp_path / "none"), f"{address}/broken")
    notify("x", "false", "http://127.0.0.1:9")
    warnings = capfd.readouterr().err
    assert warnings.count("warning:") == 4 and "500" in warnings and "exit code 1" in warnings


def test_wrong_arguments() -> None:
    for arguments, words in (
        (["--config", "none.yaml"], "--configfile none.yaml: no such file"),
        (["--keep", "1"], "--keep 1: expected at least 2"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "workflows", "campaign", *arguments],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr.count("\n")) == (2, 1) and words in done.stderr


def crontab_line() -> str:
    """Return the command of the crontab's one entry."""
    [entry] = [text for text in (FOLDER / "crontab").read_text().splitlines() if text[:2] == "30"]
    return entry.split(None, 5)[5]


@pytest.mark.parametrize(("code", "mailed"), [(0, ""), (1, "reprise: drifted\n")])
def test_the_crontab_mails_only_what_is_bad(code: int, mailed: str, tmp_path: Path) -> None:
    """Its line, as cron gives it to /bin/sh, with a stand-in for the campaign."""
    program = tmp_path / "a folder" / ".venv" / "bin" / "reprise"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\necho "reprise: drifted"; exit {code}\n')
    program.chmod(0o755)
    assert "%" not in crontab_line(), "cron takes it for the end of the line"
    done = subprocess.run(
        ["/bin/sh", "-c", crontab_line()], check=False, capture_output=True, text=True,
        env={"PATH": "/usr/bin:/bin", "REPRISE": str(tmp_path / "a folder")},
    )  # fmt: skip
    assert done.stdout == mailed and done.stderr == ""


def test_systemd_takes_the_units(need: Need, tmp_path: Path) -> None:
    found = shutil.which("systemd-analyze")
    need("systemd", None if found else "systemd-analyze: not installed: apt-get install systemd")
    for name in ("reprise.service", "reprise.timer"):
        text = (FOLDER / name).read_text()
        (tmp_path / name).write_text(text.replace("/srv/reprise/.venv/bin/reprise", sys.executable))
    units = [str(tmp_path / name) for name in ("reprise.service", "reprise.timer")]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "reprise" not in done.stderr, done.stderr
    broken = tmp_path / "reprise.timer"
    broken.write_text(broken.read_text().replace("02:30:00", "26:30:00"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "reprise.timer" in done.stderr, "the check can fail"


def test_a_campaign_makes_every_kind_of_run_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[list[str]] = []

    def keep(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        given.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", keep)
    asked = {"configfile": pipeline.default(), "cores": 1, "verbose": False, "profile": None}
    run(argparse.Namespace(**asked), tmp_path / "log")
    forced = given[0][given[0].index("--forcerun") + 1 :]
    rules = re.findall(r"^(?:rule|use rule \w+ as) (\w+)", RUNS.read_text(), re.MULTILINE)
    assert sorted(forced) == sorted(rules) and len(rules) == 3
