"""A process within a budget of time: asked to end, then ended. Standard library only."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from workflows.common.guarded import Process, guarded

GRACE = 15.0
"""Seconds that a process has to end by itself once it is asked to."""
SAYS = 30.0
"""Seconds between two words on how far it is."""
_POLL = 0.2
_STEPS = re.compile(rb"(\d+ of \d+ steps)")


def run(start: Process, log: Path, deadline: float, say: Callable[[str], None]) -> int | None:
    """Run a command with its output in `log`; return its exit code, None where time ran out.

    `deadline` is in seconds of the monotonic clock. The whole process group is interrupted then,
    as by Ctrl-C in a terminal, and killed where it has not ended after `GRACE` more seconds.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output, guarded(start, output) as process:
        said = time.monotonic()
        try:
            while process.poll() is None and time.monotonic() < deadline:
                time.sleep(_POLL)
                if time.monotonic() - said > SAYS:
                    said = time.monotonic()
                    say(progress(log))
            return process.returncode
        finally:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)


def progress(log: Path) -> str:
    """Return how far Snakemake is, in its own words."""
    steps = _STEPS.findall(log.read_bytes())
    return f"{steps[-1].decode()} done" if steps else "beginning"
