"""Carries out one run inside an interpreter that is already set up: train, trace, record."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from benchmarks.dense import Dense
from benchmarks.machine import held
from benchmarks.output import Tee
from benchmarks.setting import NotRunError
from benchmarks.settings import SETTINGS
from benchmarks.trace import Trace, Tracer
from benchmarks.training import Training


class Paused(BaseException):
    """The first of two processes is done; `path` is its checkpoint."""

    def __init__(self, path: Path) -> None:
        """Name the checkpoint."""
        super().__init__(path)
        self.path = path


def outcome(error: BaseException) -> tuple[str, str]:
    """Return the status and the reason, in one line, for what ended a run."""
    line = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, NotRunError):
        return "not-run", line
    if isinstance(error, RuntimeError) and "use_deterministic_algorithms" in line:
        return "refused", line
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "allocate memory" in line:
        return "failed", f"out of memory: {line}"
    return "failed", f"{type(error).__name__}: {line}"


def train(args: argparse.Namespace, training: Training, printed: Tee, started: float) -> None:
    """Train to the end; raise `NotRunError` if that is impossible here, or `Paused` half-way."""
    if args.device == "cuda" and not torch.cuda.is_available():
        raise NotRunError(
            "no CUDA device is visible"
            if torch.version.cuda
            else f"torch {torch.__version__} is built without CUDA"
        )
    with contextlib.redirect_stdout(printed):
        complete = training.train()
    if not complete:
        path = args.output / f".{args.repeat}.checkpoint"
        training.save(path, {"started": started})
        raise Paused(path)


def execute(args: argparse.Namespace) -> tuple[dict[str, Any], Trace, Dense]:
    """Run once; return the record without its trace section, the trace, and what else was kept.

    Raises `Paused` when the run goes on in a second process.
    """
    printed, started = Tee(sys.stdout), time.time()
    training = Training(args, printed)
    status, reason, log = "completed", None, []
    try:
        train(args, training, printed, started)
    except (Exception, SystemExit) as error:
        status, reason = outcome(error)
        log = traceback.format_exc().splitlines()[-20:]
        print("\n".join(log), file=sys.stderr)
    try:
        trace = training.tracer.finish()
    except RuntimeError as error:  # a device that failed cannot give its tensors back
        trace = Tracer(torch.device("cpu"), training.tracer.version).finish()
        if status == "completed":
            status, reason = outcome(error)
    started = training.earlier.get("started", started)
    record = {
        "schema_version": 1,
        "run": specification(args),
        "status": status,
        "reason": reason,
        "log": log if status in ("failed", "refused") else [],
        "printed": printed.text.splitlines(),
        "settings": {name: in_force(name, args.device) for name in args.settings},
        "held": held(),
        "timing": {
            "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
            "seconds": round(time.time() - started, 3),
            **training.clock.timing(traced=args.traced),
        },
    }
    return record, trace, training.dense


def in_force(name: str, device: str) -> str:
    """Say whether a setting can act on this device."""
    return "applied" if device in SETTINGS[name].devices else f"no meaning on {device}"


def specification(args: argparse.Namespace) -> dict[str, Any]:
    """Return what was asked for, in the words of the plan."""
    names = ("environment", "device", "benchmark", "configuration", "variation", "repeat")
    more = ("seed", "steps", "options", "threads", "settings")
    changes = ("conditions", "resume", "flip", "dense", "traced", "fingerprint")
    return {name: getattr(args, name) for name in (*names, *more, *changes)}


def save(record: dict[str, Any], trace: Trace, dense: Dense, folder: Path, repeat: int) -> Path:
    """Write the arrays, then the record, each under a temporary name; return the record's path."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{repeat}.partial.npz"
    (folder / f"{repeat}.dense.npz").unlink(missing_ok=True)  # of an earlier run
    dense_sha256 = dense.save(partial)
    if dense_sha256:
        partial.replace(folder / f"{repeat}.dense.npz")
    trace.save(partial)
    record["trace"] = {
        "sha256": hashlib.sha256(partial.read_bytes()).hexdigest(),
        "fingerprint": trace.version,
        "steps": len(trace.steps),
        "tensors": trace.tensors,
        "final_weights": trace.final_weights,
        "dense_sha256": dense_sha256,
        "dense_dropped": dense.dropped,
    }
    partial.replace(folder / f"{repeat}.npz")
    partial = folder / f".{repeat}.partial.json"
    partial.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return partial.replace(folder / f"{repeat}.json")
