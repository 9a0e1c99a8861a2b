"""How a process ended, in one line: whatever its exit code is."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from workflows.environments.engines.host import Host
from workflows.environments.engines.interface import Job
from workflows.runs.launch import reason


@pytest.mark.parametrize("code", [*range(1, 256), *range(-64, 0)])
def test_every_exit_code_has_a_reason(code: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("one\nOSError: no room\n\n")
    job = Job("job", [], tmp_path, tmp_path, tmp_path)
    said = reason(Host(), job, code, log)
    number = -code if code < 0 else code - 128
    if number in set(signal.Signals):
        assert said.startswith(f"killed by signal {number} (SIG")
    else:
        assert said == (
            f"ended with exit code {code} and left no record; the last line of its log: "
            "OSError: no room"
        )
