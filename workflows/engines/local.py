"""What the engines without a container share: a clean environment, limits, what a kill means."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

from workflows.engines.interface import Job, Process
from workflows.errors import UserError

# PATH and HOME to find programs and their files; the other two decide which libraries load and
# which GPU is seen. Nothing else of the caller's shell reaches a run.
_KEPT = ("PATH", "HOME", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")


def process(interpreter: Path, job: Job) -> Process:
    """Say how to start a job in an interpreter of this host."""
    places = {"{data}": str(job.data.resolve()), "{output}": str(job.output.resolve())}
    arguments = list(job.arguments)
    for place, path in places.items():
        arguments = [text.replace(place, path) for text in arguments]
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment = {
        **kept,
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(job.code.resolve()),
        "PYTHONDONTWRITEBYTECODE": "1",
        **job.environment,
    }
    job.output.mkdir(parents=True, exist_ok=True)
    return Process([*_limited(job), str(interpreter), *arguments], environment, job.output)


def explain(job: Job, exit_code: int) -> str | None:
    """Say what most likely ended a job that was killed from outside."""
    if exit_code in (-signal.SIGKILL, 128 + signal.SIGKILL):
        return "killed by signal 9 (SIGKILL): most likely by the kernel, out of memory"
    return None


def report(interpreter: Path | str, program: str) -> Any:
    """Return what a program prints as JSON in an interpreter; raise `UserError` if it cannot."""
    try:
        done = subprocess.run(
            [str(interpreter), "-c", program],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(f"{interpreter}: {error}") from None
    except ValueError:
        said = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        raise UserError(f"{interpreter}: {said}") from None


def _limited(job: Job) -> list[str]:
    """Limit a job's data, in each of its processes: what goes beyond it fails to allocate.

    Not with a GPU: CUDA reserves far more address space than it uses.
    """
    if job.memory_gb is None or job.gpu:
        return []
    if not shutil.which("prlimit"):
        raise UserError("limits.memory_gb: prlimit is not installed; apt-get install util-linux")
    size = int(job.memory_gb * 2**30)
    return ["prlimit", f"--data={size}:{size}", "--"]
