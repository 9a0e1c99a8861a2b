"""What comes by a pipe is in the log at once, and on the terminal unless the log is followed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import until
from workflows.common.paths import ROOT
from workflows.common.underway import FOLLOWED


@pytest.mark.parametrize(("followed", "passed"), [("", b"first\rhalf"), ("1", b"")])
def test_all_is_kept_and_passed_on_where_nobody_follows(
    tmp_path: Path, followed: str, passed: bytes
) -> None:
    log = tmp_path / "log"
    log.write_text("of an earlier job, and longer than this one's")
    process = subprocess.Popen(
        [sys.executable, "-m", "workflows.common.keep", str(log)], cwd=ROOT,
        env={**os.environ, FOLLOWED: followed}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin and process.stdout
    process.stdin.write(b"first\r")
    process.stdin.flush()
    until("line in the log", lambda: log.read_bytes() == b"first\r")
    process.stdin.write(b"half")
    process.stdin.close()
    assert process.stdout.read() == passed and process.wait() == 0
    process.stdout.close()
    assert log.read_bytes() == b"first\rhalf"
