"""What the processes of a command report of themselves, made into the one trace of a record."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

NOTHING: dict[str, Any] = {
    "held": None, "sources": None, "timing": {}, "not_run": None, "flipped": None,
    "trace": {"steps": 0},
}  # fmt: skip
"""What is known of a command in which no process with torch reported."""
EMPTY = {"fingerprint": 2, "steps": 0, "tensors": [], "final_weights": "", "unwatched": []}
NO_DENSE = {"dense_sha256": None, "dense_dropped": None}
ENDS = 7


@dataclass(frozen=True)
class Seen:
    """The processes that trained, all that reported, and in words what could not be watched."""

    trained: list[dict[str, Any]]
    reports: list[dict[str, Any]]
    unwatched: list[str]

    @property
    def one(self) -> dict[str, Any]:
        """The process that trained; where none did, the first that reported."""
        return next(iter([*self.trained, *self.reports]), NOTHING)

    def unusable(self, device: str) -> str | None:
        """Say in one line why there is no trace of a run that ended well; None: there is one."""
        if fault := next((one["fault"] for one in self.reports if one["fault"]), None):
            return f"it could not be watched {fault}"
        if not self.trained:
            why = "; ".join(self.unwatched) or "neither of an optimizer nor a backward pass"
            return f"no step was seen: {why}"
        if len(self.trained) > 1:
            names = ", ".join(_name(one) for one in self.trained)
            return f"{len(self.trained)} processes trained ({names}): a benchmark watches one"
        if self.one["trace"]["steps"] and self.one["device"] != device:
            return f"it trained on {self.one['device']}, not on {device}: let it take that device"
        return None

    def trace(self, output: Path, repeat: int, unwatched: list[str]) -> dict[str, Any]:
        """Put the arrays of the trace into `output`; return what a record says of them."""
        target, dense = output / f"{repeat}.npz", output / f"{repeat}.dense.npz"
        dense.unlink(missing_ok=True)  # of an earlier run
        if not self.trained or self.unusable(self.one["device"]):
            np.savez(target, allow_pickle=False, **_nothing())
            return {"sha256": _sha256(target), **EMPTY, "unwatched": unwatched, **NO_DENSE}
        one = self.one
        one["path"].with_suffix(".npz").replace(target)
        kept = one["path"].with_name(f"dense-{one['path'].name.partition('-')[0]}.npz")
        if kept.exists():
            kept.replace(dense)
        more = {"unwatched": [*one["trace"]["unwatched"], *unwatched]}
        return {**one["trace"], **more, **one["dense"]}


def seen(folder: Path) -> Seen:
    """Read what the processes of a command have left in `folder`."""
    paths = [path for path in folder.glob("*-*.json") if path.name[0].isdigit()]
    reports = [json.loads(path.read_text(encoding="utf-8")) | {"path": path} for path in paths]
    reports.sort(key=lambda report: report["began"])
    faults = [path.read_text(encoding="utf-8").strip() for path in sorted(folder.glob("fault-*"))]
    unwatched = [f"a process that could not be watched: {text}" for text in faults]
    reported = {path.name.partition("-")[0] for path in paths}
    silent = {path.name.partition("-")[2] for path in folder.glob("torch-*")} - reported
    if silent:
        unwatched.append(f"{len(silent)} processes with torch that were killed")
    outside = {line for path in folder.glob("outside-*") for line in path.read_text().splitlines()}
    if outside:
        names = ", ".join(sorted(outside))
        unwatched.append(f"programs started without the variables of watching: {names}")
    trained = [one for one in reports if one["trace"]["steps"] or one["timed"]]
    return Seen(trained, reports, unwatched)


def _name(report: dict[str, Any]) -> str:
    parts = [report["program"], report["process"]]
    parts += [f"rank {report['rank']}"] if report["rank"] is not None else []
    return " ".join(part for part in parts if part)


def _nothing() -> dict[str, np.ndarray]:
    return {
        "initial": np.empty(0, np.uint64), "steps": np.empty((0, 4), np.uint64),
        "losses": np.empty(0, np.float64), "ends": np.zeros(ENDS, np.uint64),
    }  # fmt: skip


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
