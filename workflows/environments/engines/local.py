"""What the engines without a container share: a clean environment, and limits."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from workflows.common import program
from workflows.common.errors import CannotError, UserError
from workflows.environments.engines import emulator
from workflows.environments.engines.interface import Job, Process
from workflows.environments.user import as_user, check_access, hand_over

# PATH and HOME to find programs and their files; the third decides which libraries load. Nothing
# else of the caller's shell reaches a run.
_KEPT = ("PATH", "HOME", "LD_LIBRARY_PATH")

_EXECUTABLE = "import json, sys; print(json.dumps(sys.executable))"


def process(interpreter: Path, job: Job) -> Process:
    """Say how to start a job in an interpreter of this host.

    Raises `CannotError` where its surroundings cannot be had here.
    """
    places = {"{data}": str(job.data.resolve()), "{output}": str(job.output.resolve())}
    arguments = list(job.arguments)
    for place, path in places.items():
        arguments = [text.replace(place, path) for text in arguments]
    emulated = _emulated(job)
    if emulated:
        # The program itself, not a script that would start it: QEMU starts no scripts.
        interpreter = Path(report(interpreter, _EXECUTABLE))
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment = {
        **kept,
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(job.code.resolve()),
        "PYTHONDONTWRITEBYTECODE": "1",
        # As nvidia-smi counts; without a GPU of its own a run sees none, as in a container.
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": job.gpu or "",
        **({"HOME": str(job.output.resolve())} if job.conditions.user is not None else {}),
        **job.conditions.variables,
        **emulator.variables(emulated),
        **job.environment,
    }
    folder = job.output / (job.conditions.folder or "")
    folder.mkdir(parents=True, exist_ok=True)
    words = [*_another_user(job, interpreter), *limited(job), *emulated, str(interpreter)]
    return Process([*words, *arguments], environment, folder)


def report(interpreter: Path | str, text: str) -> Any:
    """Return what a program prints as JSON in an interpreter; raise `UserError` if it cannot."""
    done = program.run([str(interpreter), "-c", text], timeout=120)
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise UserError(f"{interpreter}: {program.reason(done)}") from None


def limited(job: Job) -> list[str]:
    """Return the words that limit a job's data, in each of its processes.

    What goes beyond it fails to allocate. Not with a GPU: CUDA reserves far more address space
    than it uses.
    """
    if job.memory_gb is None or job.gpu:
        return []
    if not shutil.which("prlimit"):
        raise UserError("limits.memory_gb: prlimit is not installed; apt-get install util-linux")
    size = int(job.memory_gb * 2**30)
    return ["prlimit", f"--data={size}:{size}", "--"]


def _emulated(job: Job) -> list[str]:
    """Return the words that give a job another processor, none where it asks for none."""
    found = emulator.find(job, emulator.ANY)
    return emulator.prefix(str(found), job.conditions.cpu) if found else []


def _another_user(job: Job, interpreter: Path) -> list[str]:
    """Return the words that give a job another user; hand its output folder over to that one."""
    user = job.conditions.user
    if user is None:
        return []
    if os.getuid():
        raise CannotError(f"user: {user}: only root can start a run as somebody else here")
    words = as_user(user, user)
    hand_over(job.output, user)
    data = [job.data] if job.data.exists() else []
    reads = [interpreter, job.code / "benchmarks", *data]
    check_access(words, f"user: {user}", reads, [job.output])
    return words
