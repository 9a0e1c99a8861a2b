"""A GPU to oneself: a run sees one GPU, and runs of ours on that one come one after the other.

Unless `REPRISE_GPU_RUNS` says how many may be on it at once: on a GPU that is lent by the minute
most of a short run is the start of its interpreter.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from workflows.common import program
from workflows.common.errors import UserError
from workflows.common.mutex import mutex, on_node

AT_ONCE = "REPRISE_GPU_RUNS"


class _TakenError(Exception):
    """Another run has this place."""


def chosen() -> str:
    """Return the GPU that runs are to see: the first that `CUDA_VISIBLE_DEVICES` names, else 0.

    Always the same one: GPUs of two models in one machine round differently.
    """
    return os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip() or "0"


def gpu_lock(gpu: str) -> Path:
    """Return a GPU's lock: one for each user and machine, whatever clone a run comes from."""
    return on_node(f"gpu-{_uuid(gpu)}.lock")


def at_once() -> int:
    """Return how many runs of this user may be on a GPU at once; raise `UserError` for none."""
    said = os.environ.get(AT_ONCE) or "1"
    if not (said.isascii() and said.isdigit() and int(said)):
        raise UserError(
            f"{AT_ONCE}={said}: expected the runs on a GPU at once, 1 or more; unset it"
        )
    return int(said)


@contextmanager
def alone(device: str) -> Iterator[str | None]:
    """Wait for a place on the chosen GPU, the only one unless said otherwise, and give its name.

    On `cpu` there is nothing to wait for and no GPU to see. A neighbour changes what autotuning
    picks.
    """
    if device != "cuda":
        yield None
        return
    gpu = chosen()
    with _place(gpu_lock(gpu), at_once()):
        yield gpu


@contextmanager
def _place(lock: Path, count: int) -> Iterator[None]:
    """Hold one of so many places: a free one, else the next to be free of one of them."""
    places = [lock, *(lock.with_suffix(f".{n}.lock") for n in range(1, count))]

    def taken() -> None:
        raise _TakenError

    with ExitStack() as held:
        for place in places:
            with suppress(_TakenError):
                held.enter_context(mutex(place, taken))
                break
        else:
            held.enter_context(mutex(places[os.getpid() % count]))
        yield


def _uuid(gpu: str) -> str:
    """Return the one name of a GPU that has several; as it was given where none can be asked."""
    if shutil.which("nvidia-smi"):
        query = ["nvidia-smi", f"--id={gpu}", "--query-gpu=uuid", "--format=csv,noheader"]
        done = program.run(query, timeout=60)
        if done.returncode == 0 and done.stdout.startswith("GPU-"):
            return done.stdout.strip()
    return "".join(letter if letter.isalnum() or letter == "-" else "_" for letter in gpu)
