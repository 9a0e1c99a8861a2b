"""Carries out one run inside an interpreter that is already set up: train, trace, record."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, time  # as they are before a program takes their places
from typing import Any, NamedTuple, TypeVar

import torch

from benchmarks.harness.channel import Channel
from benchmarks.harness.machine import held
from benchmarks.harness.record import in_force, specification
from benchmarks.harness.tensors import Dense
from benchmarks.harness.trace import Tracer
from benchmarks.harness.traced import Trace
from benchmarks.harness.training import Training
from benchmarks.setting import NotRunError

Result = TypeVar("Result")


class Paused(BaseException):
    """The first of two processes is done; `path` is its checkpoint."""

    def __init__(self, path: Path) -> None:
        """Name the checkpoint."""
        super().__init__(path)
        self.path = path


class Ending(NamedTuple):
    """How something ended; `reason` in one line and `log`, where it did not complete."""

    status: str = "completed"
    reason: str | None = None
    log: tuple[str, ...] = ()


def outcome(error: BaseException) -> tuple[str, str]:
    """Return the status and the reason, in one line, for what ended a run."""
    try:
        line = " ".join(str(error).split())
    except BaseException:  # the program's own exception, which cannot even be said
        line = "it cannot say why"
    if isinstance(error, NotRunError):
        return "not-run", line
    if isinstance(error, RuntimeError) and "use_deterministic_algorithms" in line:
        return "refused", line
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "allocate memory" in line:
        return "failed", f"out of memory: {line or type(error).__name__}"
    return "failed", f"{type(error).__name__}: {line}".removesuffix(": ")


def attempt(action: Callable[[], Result], instead: Result) -> tuple[Result, Ending]:
    """Return what `action` returns, or `instead`, and how it ended; only `Paused` is passed on.

    Whatever else a program raises is an answer: what a person sends ends the process itself.
    """
    try:
        return action(), Ending()
    except Paused:
        raise
    except BaseException as error:
        log = tuple(traceback.format_exc().splitlines()[-20:])
        with contextlib.suppress(Exception):  # the program may have closed it
            print("\n".join(log), file=sys.stderr)
        return instead, Ending(*outcome(error), log)


def train(args: argparse.Namespace, training: Training, started: tuple[float, float]) -> None:
    """Train to the end; raise `NotRunError` if that is impossible here, or `Paused` half-way."""
    if args.device == "cuda" and not torch.cuda.is_available():
        raise NotRunError(
            "no CUDA device is visible"
            if torch.version.cuda
            else f"torch {torch.__version__} is built without CUDA"
        )
    if not training.train():
        path = args.output / f".{args.repeat}.checkpoint"
        training.save(path, {"started": started})
        raise Paused(path)


def execute(args: argparse.Namespace, channel: Channel) -> tuple[dict[str, Any], Trace, Dense]:
    """Run once; return the record without its trace section, the trace, and what else was kept.

    What is printed and left in files is for the parent to add, which `channel` leads to.

    Raises `Paused` when the run goes on in a second process.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # So that a KeyboardInterrupt is the program's own, and a person's leaves no record.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    started = time(), monotonic()
    training = Training(args, channel)
    nothing = Tracer(torch.device("cpu"), training.tracer.version).finish()
    _, trained = attempt(lambda: train(args, training, started), None)
    sources = training.observed()
    trace, traced = attempt(
        lambda: training.trace or training.tracer.finish(), nothing
    )  # a device that failed gives nothing
    around, seen = attempt(held, None)
    untimed: dict[str, Any] = {}
    times, timed = attempt(lambda: training.clock.timing(traced=args.traced), untimed)
    _, alone = attempt(training.check, None)
    if alone.status != "completed":
        trace = nothing  # nobody knows what it shows
    endings = (trained, traced, seen, timed, alone)
    status, reason, log = next((e for e in endings if e.status != "completed"), trained)
    began, ticks = training.earlier.get("started", started)
    record = {
        "schema_version": 3,
        "run": specification(args),
        "status": status,
        "reason": reason,
        "log": log if status in ("failed", "refused") else [],
        "sources": sources,
        "resumed": training.resumed,
        "settings": {name: in_force(name, args.device) for name in args.settings},
        "held": around,
        "timing": {
            "started": datetime.fromtimestamp(began, UTC).isoformat(timespec="seconds"),
            "seconds": round(monotonic() - ticks, 3),
            **times,
        },
    }
    unwatched = [*trace.unwatched, *training.unwatched]
    return record, replace(trace, unwatched=unwatched), training.dense


def save(
    record: dict[str, Any], trace: Trace, dense: Dense, folder: Path, repeat: int
) -> dict[str, Any]:
    """Write the arrays, each under a temporary name; return the record with its trace section."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{repeat}.partial.npz"
    (folder / f"{repeat}.dense.npz").unlink(missing_ok=True)  # of an earlier run
    dense_sha256 = dense.save(partial)
    if dense_sha256:
        partial.replace(folder / f"{repeat}.dense.npz")
    trace.save(partial)
    record["trace"] = {
        "sha256": hashlib.sha256(partial.read_bytes()).hexdigest(),
        **trace.summary(),
        "dense_sha256": dense_sha256,
        "dense_dropped": dense.dropped,
    }
    partial.replace(folder / f"{repeat}.npz")
    return record
