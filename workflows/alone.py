"""A GPU to oneself: a run sees one GPU, and runs of ours on that one come one after the other."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def chosen() -> str:
    """Return the GPU that runs are to see: the first that `CUDA_VISIBLE_DEVICES` names, else 0.

    Always the same one: GPUs of two models in one machine round differently.
    """
    return os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip() or "0"


def gpu_lock(gpu: str) -> Path:
    """Return a GPU's lock: one for each user and machine, whatever clone a run comes from."""
    return Path(tempfile.gettempdir()) / f"reprise-gpu-{os.getuid()}-{_uuid(gpu)}.lock"


@contextmanager
def alone(device: str) -> Iterator[str | None]:
    """Wait until no other run of this user is on the chosen GPU, and give its name.

    On `cpu` there is nothing to wait for and no GPU to see. A neighbour changes what autotuning
    picks. The lock is the kernel's and ends with the process.
    """
    if device != "cuda":
        yield None
        return
    gpu = chosen()
    handle = os.open(gpu_lock(gpu), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield gpu
    finally:
        os.close(handle)


def _uuid(gpu: str) -> str:
    """Return the one name of a GPU that has several; as it was given where none can be asked."""
    if shutil.which("nvidia-smi"):
        query = ["nvidia-smi", f"--id={gpu}", "--query-gpu=uuid", "--format=csv,noheader"]
        done = subprocess.run(query, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode == 0 and done.stdout.startswith("GPU-"):
            return done.stdout.strip()
    return "".join(letter if letter.isalnum() or letter == "-" else "_" for letter in gpu)
