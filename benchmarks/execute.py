"""Carries out one run inside an interpreter that is already set up: train, trace, record."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import torch

from benchmarks.contract import Start
from benchmarks.load import load
from benchmarks.machine import held
from benchmarks.settings import SETTINGS
from benchmarks.trace import Trace, Tracer


class Tee(io.TextIOBase):
    """Passes what a benchmark prints on to the real standard output, and keeps it."""

    def __init__(self, stream: TextIO) -> None:
        """Write through to `stream`."""
        self._stream = stream
        self._text = io.StringIO()

    def write(self, text: str) -> int:
        """Write `text` to both."""
        self._stream.write(text)
        self._stream.flush()
        return self._text.write(text)

    @property
    def lines(self) -> list[str]:
        """What was printed so far, line by line."""
        return self._text.getvalue().splitlines()


class NotRunError(Exception):
    """The run cannot take place here, and why."""


def train(args: argparse.Namespace, tracer: Tracer) -> float:
    """Apply the settings, then train the benchmark under the tracer; return seconds per step."""
    module = load(args.benchmark)
    torch.set_num_threads(args.threads)
    for name, setting in SETTINGS.items():  # in the order of their declaration, not the user's
        if name in args.settings:
            setting.call(args.seed)
    data = str(args.data / args.needs_data) if args.needs_data else None
    steps, clock = 0, time.perf_counter()
    events = module.train(torch.device(args.device), args.steps, data, **args.options)
    for event in events:
        if isinstance(event, Start):
            tracer.start(event.weights)
            clock = time.perf_counter()
        else:
            tracer.step(event.batch, event.loss)
            steps += 1
    if steps != args.steps:
        raise RuntimeError(f"the benchmark trained {steps} of {args.steps} steps")
    return (time.perf_counter() - clock) / steps


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


def execute(args: argparse.Namespace) -> tuple[dict[str, Any], Trace]:
    """Run once; return the record without its trace section, and the trace."""
    started, clock = datetime.now(UTC), time.perf_counter()
    tracer = Tracer(torch.device(args.device))
    printed = Tee(sys.stdout)
    status, reason, log, step_seconds = "completed", None, [], None
    try:
        if args.device == "cuda" and not torch.cuda.is_available():
            raise NotRunError(
                "no CUDA device is visible"
                if torch.version.cuda
                else f"torch {torch.__version__} is built without CUDA"
            )
        with contextlib.redirect_stdout(printed):
            step_seconds = train(args, tracer)
    except (Exception, SystemExit) as error:
        status, reason = outcome(error)
        log = traceback.format_exc().splitlines()[-20:]
        print("\n".join(log), file=sys.stderr)
    try:
        trace = tracer.finish()
    except RuntimeError as error:  # a device that failed cannot give its tensors back
        trace = Tracer(torch.device("cpu")).finish()
        if status == "completed":
            status, reason = outcome(error)
    timing = {
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 3),
        "step_seconds": step_seconds,
    }
    record = {
        "schema_version": 1,
        "run": specification(args),
        "status": status,
        "reason": reason,
        "log": log if status in ("failed", "refused") else [],
        "printed": printed.lines,
        "settings": {name: in_force(name, args.device) for name in args.settings},
        "held": held(),
        "timing": timing,
    }
    return record, trace


def in_force(name: str, device: str) -> str:
    """Say whether a setting can act on this device."""
    return "applied" if device in SETTINGS[name].devices else f"no meaning on {device}"


def specification(args: argparse.Namespace) -> dict[str, Any]:
    """Return what was asked for, in the words of the plan."""
    names = ("environment", "device", "benchmark", "configuration", "variation", "repeat")
    more = ("seed", "steps", "options", "threads", "settings")
    return {name: getattr(args, name) for name in (*names, *more)}


def save(record: dict[str, Any], trace: Trace, folder: Path, repeat: int) -> Path:
    """Write trace, then record, each under a temporary name first; return the record's path."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{repeat}.partial.npz"
    trace.save(partial)
    record["trace"] = {
        "sha256": hashlib.sha256(partial.read_bytes()).hexdigest(),
        "steps": len(trace.steps),
        "tensors": trace.tensors,
        "final_weights": trace.final_weights,
    }
    partial.replace(folder / f"{repeat}.npz")
    partial = folder / f".{repeat}.partial.json"
    partial.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return partial.replace(folder / f"{repeat}.json")
