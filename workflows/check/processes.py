"""What the processes of a command have left of themselves: their traces, and where none is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from workflows.check.record import Process


class Seen(NamedTuple):
    """The processes that took steps, how many were reached at all, and what is missing."""

    processes: list[Process]
    reached: int
    imported: int
    unwatched: list[str]


def processes(folder: Path) -> Seen:
    """Read what lies in a run's folder; each trace is put under the name of its process."""
    reports = [json.loads(path.read_text(encoding="utf-8")) | {"path": path} for path in
               folder.glob("*-*.json")]  # fmt: skip
    reports.sort(key=lambda report: report["began"])
    names: Counter[str] = Counter()
    found = []
    for report in reports:
        trace = report["path"].with_suffix(".npz")
        if report["trace"]["steps"]:
            name = _name(report)
            names[name] += 1
            process = _process(report, name if names[name] == 1 else f"{name} {names[name]}")
            trace.replace(folder / process.file)
            recorded = folder / f"operators-{report['path'].name.partition('-')[0]}.jsonl"
            if recorded.exists():
                recorded.replace(folder / process.operators)
            found.append(process)
        else:
            trace.unlink()
        report["path"].unlink()
    reached = {path.name.partition("-")[2] for path in folder.glob("python-*")}
    imported = {path.name.partition("-")[2] for path in folder.glob("torch-*")}
    silent = imported - {report["path"].name.partition("-")[0] for report in reports}
    return Seen(
        sorted(found, key=lambda process: process.name), len(reached), len(imported),
        [*_faults(folder, reports), *_silent(silent), *_outside(folder)],
    )  # fmt: skip


def _name(report: dict[str, Any]) -> str:
    parts = [report["program"], report["process"]]
    parts += [f"rank {report['rank']}"] if report["rank"] is not None else []
    return " ".join(part for part in parts if part)


def _process(report: dict[str, Any], name: str) -> Process:
    kept = ("trace", "device", "fault", "held", "listed", "sources", "seconds_watching")
    return Process(name=name, **{key: report[key] for key in kept})


def _faults(folder: Path, reports: list[dict[str, Any]]) -> Iterator[str]:
    for path in sorted(folder.glob("fault-*")):
        yield f"a process that could not be watched: {path.read_text(encoding='utf-8').strip()}"
    for report in reports:
        if report["fault"]:
            yield f"{_name(report)}, whose watching failed {report['fault']}"


def _silent(pids: set[str]) -> Iterator[str]:
    """Say that processes which imported torch left nothing: they were killed, or live on."""
    if pids:
        yield f"{len(pids)} processes with torch that ended without their last words (killed)"


def _outside(folder: Path) -> Iterator[str]:
    """Name the programs that were started so that watching cannot reach what they start."""
    paths = folder.glob("outside-*")
    lines = {line for path in paths for line in path.read_text(encoding="utf-8").splitlines()}
    if lines:
        yield f"programs started without the variables of watching: {', '.join(sorted(lines))}"
