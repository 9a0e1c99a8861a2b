"""A GPU to oneself: runs of ours on one machine's GPUs come one after the other."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def gpu_lock() -> Path:
    """Return the lock's file: one for each user and machine, whatever clone a run comes from."""
    return Path(tempfile.gettempdir()) / f"reprise-gpu-{os.getuid()}.lock"


@contextmanager
def alone(device: str) -> Iterator[None]:
    """Wait until no other run of this user is on this machine's GPU; on `cpu` do not wait.

    A neighbour changes what autotuning picks. The lock is the kernel's and ends with the process.
    """
    if device != "cuda":
        yield
        return
    handle = os.open(gpu_lock(), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
