"""Processes that end with whoever started them, and take along all that they started.

Standard library only: it also works where nothing is installed.
"""

from __future__ import annotations

import ctypes
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from workflows.common import guard

# By -I and -S it starts in some 40 ms, whatever the caller's shell and packages say.
_PROGRAM = (
    "import sys; sys.path.append(sys.argv[1]); from workflows.common.guard import main; main()"
)
_PATIENCE = 60.0
"""Seconds that a guard may take to end all: an engine may be slow to remove a container."""


@dataclass(frozen=True)
class Process:
    """How to start a job on this host: an argument list, its environment, its folder.

    `remove` is a command that ends what is not among the process's descendants, such as a
    container; empty where there is no such thing.
    """

    arguments: list[str]
    environment: dict[str, str]
    folder: Path
    remove: list[str] = field(default_factory=list)


@contextmanager
def guarded(start: Process, output: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Carry out a job under a guard, with all that it says in `output`; end all on leaving.

    The guard's exit code is the job's: 128 + N for a signal N, 127 where it could not be started.
    SIGINT, SIGTERM and SIGHUP go through to the job's process group. The command `remove` is
    carried out where the caller leaves, or dies, before the job has ended.
    """
    root = Path(guard.__file__).parents[2]  # a folder, or a zip that Python runs
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _PROGRAM, str(root)],
        stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    line = cast(IO[bytes], process.stdin)
    try:
        with suppress(BrokenPipeError):  # it was killed: its exit code says so
            line.write(json.dumps(asdict(start), default=str).encode() + b"\n")
            line.flush()
        yield process
    finally:
        with suppress(BrokenPipeError):
            line.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
        end_session(process)


def end_with_caller() -> None:
    """Ask the kernel for a SIGTERM to this process once the one that started it is gone."""
    ctypes.CDLL(None).prctl(guard.PR_SET_PDEATHSIG, signal.SIGTERM)


def end_session(process: subprocess.Popen[Any]) -> None:
    """Kill a process and all of its session: what is left where a guard itself was killed."""
    for _ in range(100):  # again for what was started in the meantime; 5 s for what is slow to end
        members = session(process.pid)
        guard.kill(members)
        process.poll()
        if not members:
            break
        time.sleep(0.05)
    process.wait()


def session(number: int) -> set[int]:
    """Return the numbers of the live processes of a session."""
    seen = guard.processes().items()
    return {process for process, each in seen if each.session == number and each.state != "Z"}
