"""A GPU to oneself: a run sees one GPU, and runs of ours on that one come one after the other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workflows.common import program
from workflows.common.mutex import mutex, on_node


def chosen() -> str:
    """Return the GPU that runs are to see: the first that `CUDA_VISIBLE_DEVICES` names, else 0.

    Always the same one: GPUs of two models in one machine round differently.
    """
    return os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip() or "0"


def gpu_lock(gpu: str) -> Path:
    """Return a GPU's lock: one for each user and machine, whatever clone a run comes from."""
    return on_node(f"gpu-{_uuid(gpu)}.lock")


@contextmanager
def alone(device: str) -> Iterator[str | None]:
    """Wait until no other run of this user is on the chosen GPU, and give its name.

    On `cpu` there is nothing to wait for and no GPU to see. A neighbour changes what autotuning
    picks.
    """
    if device != "cuda":
        yield None
        return
    gpu = chosen()
    with mutex(gpu_lock(gpu)):
        yield gpu


def _uuid(gpu: str) -> str:
    """Return the one name of a GPU that has several; as it was given where none can be asked."""
    if shutil.which("nvidia-smi"):
        query = ["nvidia-smi", f"--id={gpu}", "--query-gpu=uuid", "--format=csv,noheader"]
        done = program.run(query, timeout=60)
        if done.returncode == 0 and done.stdout.startswith("GPU-"):
            return done.stdout.strip()
    return "".join(letter if letter.isalnum() or letter == "-" else "_" for letter in gpu)
