"""A guard: carries out one job, and ends it and all that it started, however its caller ends.

A program of its own, standard library only. Its input is one line of JSON (`arguments`,
`environment`, `folder`, `remove`) and then stays open for as long as the caller wants the job:
the kernel closes it with the caller, also after a SIGKILL. The job's exit code is the guard's;
a signal N that ended it is 128 + N, as in a shell.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What the guard is told, it tells the job's process group; it ends with the job."""
PATIENCE = 5.0
"""Seconds in which what was killed has to be gone: a process may hang in the kernel."""
NOT_STARTED = 127
_INPUT, _ERRORS = 0, 2
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


class Seen(NamedTuple):
    """What the kernel says of a process; `state` is Z for one that has ended."""

    state: str
    parent: int
    group: int
    session: int


def processes() -> dict[int, Seen]:
    """Return all processes of this machine that can be seen, by their numbers."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended in the meantime
            state, *numbers = path.read_text(errors="replace").rpartition(")")[2].split()[:4]
            found[int(path.parent.name)] = Seen(state, *map(int, numbers))
    return found


def descendants() -> set[int]:
    """Return the numbers of all processes that this one started, or that those did."""
    seen, found = processes(), {os.getpid()}
    while more := {number for number, each in seen.items() if each.parent in found} - found:
        found |= more
    return found - {os.getpid()}


def kill(numbers: set[int]) -> None:
    """Send SIGKILL to processes that may be gone, or another user's."""
    for number in numbers:
        with suppress(OSError):
            os.kill(number, signal.SIGKILL)


def start(asked: dict[str, Any]) -> int:
    """Start the job, in a process group of its own; return its number."""
    guard, job = os.getpid(), os.fork()
    if job:
        with suppress(OSError):  # it did that itself already
            os.setpgid(job, job)
        return job
    try:
        os.setpgid(0, 0)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # which Python ignores
            signal.signal(number, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), _INPUT)
        os.chdir(asked["folder"])
        if os.getppid() == guard:
            words = asked["arguments"]
            os.execvpe(words[0], words, asked["environment"])  # noqa: S606 - as meant
    except OSError as error:
        os.write(_ERRORS, f"{asked['arguments'][0]}: {error.strerror}\n".encode())
    finally:
        os._exit(NOT_STARTED)


def ended(job: int) -> int | None:
    """Bury what has ended; return the job's exit code if it did."""
    code = None
    with suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            if found[0] == job:
                code = os.waitstatus_to_exitcode(found[1])
    return code if code is None or code >= 0 else 128 - code


def wait(job: int, woken: int) -> int | None:
    """Return the job's exit code once it has ended; None once the caller is gone."""
    while (code := ended(job)) is None:
        if _INPUT in select.select([_INPUT, woken], [], [])[0]:
            break
        for number in os.read(woken, 1024):
            if number in PASSED_ON:
                with suppress(OSError):
                    os.killpg(job, number)
    return code


def end_all() -> None:
    """Kill all descendants until none is left; what is killed leaves its children to this one."""
    deadline = time.monotonic() + PATIENCE
    while left := descendants():
        if time.monotonic() > deadline:
            print(f"killed, but not gone: {sorted(left)}", file=sys.stderr)
            break
        kill(left)
        ended(0)
        time.sleep(0.005)


def main() -> None:
    """Carry out the job that the input asks for."""
    if not (line := sys.stdin.buffer.readline()):
        return
    asked = json.loads(line)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in PASSED_ON:
        if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup: so it is for the job
            signal.signal(number, lambda *_: None)
    if not asked["remove"]:
        # A daemon comes back to this process when its parent ends. Not where an engine keeps
        # what a job started: its own monitor of a container must outlive the client.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    code = wait(start(asked), woken)
    end_all()
    gone = bool(select.select([_INPUT], [], [], 0)[0])
    if gone and asked["remove"]:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, _ERRORS)
        os.execvp(asked["remove"][0], asked["remove"])  # noqa: S606 - as meant
    sys.exit(NOT_STARTED if code is None else code)
