"""What a small experiment shows while it is at work: on a pipe, on narrow and wide terminals."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import termios
from pathlib import Path
from typing import Any

import pytest

from tests.workflow.project import Project

pytestmark = pytest.mark.late

SMALL: dict[str, Any] = {
    "benchmarks": {"toy": {"steps": 5}},
    "configurations": ["seeded"],
    "repeats": {"toy": 2},
}
SNAKEMAKES = ("Building DAG", "Select jobs", "rule run", "steps (", "Job stats", "jobid")
BOTH = [f"results/runs/cpu/cpu/toy/seeded/baseline/{number}.json" for number in (0, 1)]


def on_a_terminal(project: Project, columns: int, *words: str) -> tuple[int, str]:
    """Run Snakemake on a terminal so wide; return its exit code, and all that reached it."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**project.environment(), "TERM": "xterm"}
    process = subprocess.Popen(
        project.command(*words), cwd=project.folder, env=environment,
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    while piece := read(ours):
        said += piece
    os.close(ours)
    return process.wait(), said.decode()


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the last that had it open has ended
        return b""


def lively(said: str) -> list[str]:
    """Return the lines that lived."""
    return re.findall(r"\x1b\[J\r\n([^\x1b]*)\x1b\[A\r", said)


def test_on_a_pipe_each_run_is_a_plain_line_and_the_log_keeps_everything(
    tmp_path: Path, torch_python: Path
) -> None:
    project = Project.copy(tmp_path, **SMALL)
    done = project.snakemake(*BOTH)
    said = done.stderr
    assert done.returncode == 0, said
    assert sorted(re.findall(r"^toy seeded · cpu · (.) of 2 … ", said, re.M)) == ["1", "2"], said
    assert re.search(r"^venv: checking cpu-\w+ in the cache … \d+ s$", said, re.M)
    assert re.search(r"^environment cpu … .*\[1 of 3, about .* left\]$", said, re.M)
    assert not [word for word in SNAKEMAKES if word in said] and "\x1b" not in said
    [log] = (tmp_path / ".snakemake" / "log").iterdir()
    kept = log.read_text()
    assert not [word for word in SNAKEMAKES if word not in kept]
    again = project.snakemake(*BOTH)
    assert "Nothing to be done" in again.stderr and again.returncode == 0


@pytest.mark.parametrize("columns", [36, 120])
def test_on_a_terminal_one_line_lives_and_fits(
    tmp_path: Path, torch_python: Path, columns: int
) -> None:
    project = Project.copy(tmp_path, **SMALL)
    code, said = on_a_terminal(project, columns, *BOTH)
    found = lively(said)
    assert code == 0 and found, said
    assert max(map(len, found)) < columns
    assert any(line.startswith("toy seeded · cpu · ") for line in found)
    # Once a second it is looked which; that the cache says what it does, the pipe has shown.
    assert any(line.startswith(("environment cpu", "venv: ")) for line in found)
    assert any("of 3, about " in line and line.endswith("left]") for line in found) == (
        columns > 36
    )
    assert said.rstrip("\r\n").endswith("\x1b[J"), "it is gone at the end"
    assert not [word for word in SNAKEMAKES if word in said]


def test_whoever_asks_for_snakemakes_own_lines_has_them(
    tmp_path: Path, torch_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.copy(tmp_path, **SMALL)
    dry = project.snakemake("--dry-run")
    assert "Job stats" in dry.stdout and "rule run:" not in dry.stdout
    monkeypatch.setenv("REPRISE_VERBOSE", "1")
    done = project.snakemake(*BOTH)
    assert done.returncode == 0
    assert not [word for word in SNAKEMAKES if word not in done.stderr]
    assert "toy seeded ·" not in done.stderr


@pytest.mark.parametrize("columns", [None, 80])
def test_a_job_that_fails_is_told_with_its_log_and_the_exit_code_stays(
    tmp_path: Path, columns: int | None
) -> None:
    project = Project.copy(tmp_path, data={"cifar10": str(tmp_path / "nowhere")})
    target = "results/data/cifar10.json"
    if columns:
        code, said = on_a_terminal(project, columns, target)
    else:
        done = project.snakemake(target)
        code, said = done.returncode, done.stderr
    said = said.replace("\r\n", "\n")
    assert code == 1
    log = "results/logs/data/cifar10.log"
    assert f"error: rule data (data cifar10) failed\n  log: {log}, its last lines:\n" in said
    assert re.search(r"^    error: .*nowhere: no such file", said, re.M), "the log's own words"
    assert "Complete log(s): " in said
