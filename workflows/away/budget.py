"""A process within a budget of time: asked to end, then ended. Standard library only."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

GRACE = 15.0
"""Seconds that a process has to end by itself once it is asked to."""
SAYS = 30.0
"""Seconds between two words on how far it is."""
_POLL = 0.2
_STEPS = re.compile(rb"(\d+ of \d+ steps)")


@dataclass(frozen=True)
class Command:
    """What to start: its words, the folder that it starts in, and its environment."""

    arguments: list[str]
    folder: Path
    environment: dict[str, str]


def run(start: Command, log: Path, deadline: float, say: Callable[[str], None]) -> int | None:
    """Run a command with its output in `log`; return its exit code, None where time ran out.

    `deadline` is in seconds of the monotonic clock. The whole process group is interrupted then,
    as by Ctrl-C in a terminal, and killed where it has not ended after `GRACE` more seconds.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            start.arguments, cwd=start.folder, env=start.environment,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        said = time.monotonic()
        try:
            while process.poll() is None and time.monotonic() < deadline:
                time.sleep(_POLL)
                if time.monotonic() - said > SAYS:
                    said = time.monotonic()
                    say(progress(log))
            return process.returncode
        finally:
            _end(process)


def progress(log: Path) -> str:
    """Return how far Snakemake is, in its own words."""
    steps = _STEPS.findall(log.read_bytes())
    return f"{steps[-1].decode()} done" if steps else "beginning"


def _end(process: subprocess.Popen[bytes]) -> None:
    """Interrupt a process group and wait for it; kill what is left."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
