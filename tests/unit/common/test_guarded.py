"""What is started under a guard ends with its caller, and takes along all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.processes import alive
from tests.support.waiting import until
from workflows.common import guard
from workflows.common.guarded import Process, guarded
from workflows.common.paths import ROOT

# A process of its own session, two forks away, as daemons are; and one that just is a child.
DAEMON = """
import os, sys, time
def tell(name):
    with open(name + ".new", "w") as file:
        file.write(str(os.getpid()))
    os.rename(name + ".new", name)
if not os.fork():
    os.setsid()
    if os.fork():
        os._exit(0)
    tell("daemon")
    time.sleep(300)
if not os.fork():
    tell("child")
    time.sleep(300)
tell("job")
while not all(map(os.path.exists, ("daemon", "child"))):
    time.sleep(0.01)
"""
NAMES = ("job", "child", "daemon")


def job(folder: Path, program: str, remove: list[str] | None = None) -> Process:
    return Process([sys.executable, "-c", program], dict(os.environ), folder, remove or [])


def numbers(folder: Path) -> list[int]:
    """Return the numbers of the processes that a job of DAEMON made, once all are there."""
    until("all three processes", lambda: all((folder / name).exists() for name in NAMES), 20)
    return [int((folder / name).read_text()) for name in NAMES]


def carry_out(folder: Path, program: str) -> tuple[int, str]:
    """Carry out a program to its end; return its exit code and what it said."""
    with (folder / "log").open("wb") as log, guarded(job(folder, program), log) as process:
        code = process.wait(300)
    return code, (folder / "log").read_text()


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("pass", 0),
        ("raise SystemExit(7)", 7),
        ("import os; os.kill(os.getpid(), 15)", 128 + 15),
        ("import os; os.kill(os.getpid(), 9)", 128 + 9),
        ("import os; os.killpg(0, 9)", 128 + 9),
    ],
)
def test_the_exit_code_is_the_jobs(tmp_path: Path, program: str, code: int) -> None:
    assert carry_out(tmp_path, program) == (code, "")


def test_a_job_sees_what_it_was_given_and_no_more(tmp_path: Path) -> None:
    words = "cat; pwd; env | sort; ls /proc/self/fd; grep -E 'Sig(Ign|Blk)' /proc/self/status"
    start = Process(["sh", "-c", words], {"GIVEN": "a\udcff\n", "PATH": "/usr/bin:/bin"}, tmp_path)
    plain = subprocess.run(
        start.arguments, env=start.environment, cwd=tmp_path, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    with (tmp_path / "log").open("wb") as log, guarded(start, log) as process:
        assert process.wait(300) == 0
    assert b"GIVEN=a\xff\n" in plain.stdout and b"SigIgn" in plain.stdout, "control"
    assert (tmp_path / "log").read_bytes() == plain.stdout


def test_a_program_that_is_absent_is_named(tmp_path: Path) -> None:
    start = Process(["absent-program"], {}, tmp_path)
    with (tmp_path / "log").open("wb") as log, guarded(start, log) as process:
        assert process.wait(300) == guard.NOT_STARTED
    assert (tmp_path / "log").read_text() == "absent-program: No such file or directory\n"


def test_what_a_job_started_ends_with_it(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", DAEMON], cwd=tmp_path, check=True)
    left = numbers(tmp_path)
    assert [alive(number) for number in left] == [False, True, True], "control: they outlive it"
    guard.kill(set(left[1:]))
    for name in NAMES:
        (tmp_path / name).unlink()
    assert carry_out(tmp_path, DAEMON) == (0, "")
    assert [alive(number) for number in numbers(tmp_path)] == [False, False, False]


def test_a_job_that_is_not_waited_for_ends(tmp_path: Path) -> None:
    before = time.monotonic()
    start = job(tmp_path, DAEMON + "\ntime.sleep(300)", ["touch", str(tmp_path / "removed")])
    with (
        pytest.raises(RuntimeError, match="planted"),
        (tmp_path / "log").open("wb") as log,
        guarded(start, log),
    ):
        found = numbers(tmp_path)
        assert all(map(alive, found)), "control"
        raise RuntimeError("planted")
    assert not any(map(alive, found[:2]))
    assert (tmp_path / "removed").exists()
    assert time.monotonic() - before < 30
    guard.kill({found[2]})  # of a container's engine that would be its own


CALLER = """
import os, sys, time
from pathlib import Path
from tests.unit.common.test_guarded import DAEMON, job
from workflows.common.guarded import guarded
folder = Path(sys.argv[1])
start = job(folder, DAEMON + "\\ntime.sleep(300)", sys.argv[2:])
with (folder / "log").open("wb") as log, guarded(start, log) as process:
    (folder / "guard").write_text(str(process.pid))
    process.wait()
"""


def caller(folder: Path, *remove: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", CALLER, str(folder), *remove], cwd=ROOT)


def test_a_job_ends_with_its_caller_after_sigkill(tmp_path: Path) -> None:
    process = caller(tmp_path)
    found = numbers(tmp_path)
    assert all(map(alive, found)), "control"
    process.kill()
    process.wait()
    until("end of all three", lambda: not any(map(alive, found)), 10)
    until("end of the guard", lambda: not alive(int((tmp_path / "guard").read_text())), 10)


def test_what_is_not_a_process_is_removed_after_sigkill(tmp_path: Path) -> None:
    process = caller(tmp_path, "touch", str(tmp_path / "removed"))
    found = numbers(tmp_path)
    assert not (tmp_path / "removed").exists(), "control"
    process.kill()
    process.wait()
    until("removal", (tmp_path / "removed").exists, 10)
    guard.kill({found[2]})


def test_a_job_ends_with_its_guard(tmp_path: Path) -> None:
    process = caller(tmp_path)
    found = numbers(tmp_path)
    os.kill(int((tmp_path / "guard").read_text()), signal.SIGKILL)
    assert process.wait(20) == 0, "the caller sees its end"
    until("end of job and child", lambda: not any(map(alive, found[:2])), 10)
    guard.kill({found[2]})  # nothing is left that knows it


def test_a_job_ends_where_caller_and_guard_are_killed_at_once(tmp_path: Path) -> None:
    process = caller(tmp_path)
    found = numbers(tmp_path)
    process.send_signal(signal.SIGSTOP)
    os.kill(int((tmp_path / "guard").read_text()), signal.SIGKILL)
    until("end of the job", lambda: not alive(found[0]), 10)
    process.kill()
    process.wait()
    guard.kill(set(found[1:]))


def test_signals_go_through_to_the_job(tmp_path: Path) -> None:
    program = "import time\ntry: open('up', 'w'), time.sleep(300)\nexcept KeyboardInterrupt: pass"
    with (tmp_path / "log").open("wb") as log, guarded(job(tmp_path, program), log) as process:
        until("start", (tmp_path / "up").exists, 20)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
