"""What a run computed on, by its record: another processor or GPU rounds differently."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from pathlib import Path

from workflows.records import Run, RunRecord


def machine(run: Run) -> str:
    """Return what a run computed on, in words: another processor or GPU rounds differently."""
    held = run.record.held or {}
    gpu = held.get("gpu")
    if run.record.run.device == "cuda" and gpu:
        return f"{gpu['name']}, {gpu['driver']}"
    processor, flags = held.get("processor", {}), held.get("flags", {})
    return f"{processor.get('model')}, {flags.get('cpu_capability')}"


def host(record: RunRecord) -> str | None:
    """Return the processor, and the GPU where one computed; None for an emulated processor.

    None as well for a record that does not say.
    """
    held = record.held or {}
    model = (held.get("processor") or {}).get("model")
    if record.run.conditions.cpu or not model:
        return None
    gpu = held.get("gpu") if record.run.device == "cuda" else None
    return " ".join(model.split()) + (f", {gpu['name']}, {gpu['driver']}" if gpu else "")


def hosts(runs: Iterable[Run]) -> list[str]:
    """Return the distinct hosts of completed runs."""
    found = [host(run.record) for run in runs if run.record.status == "completed"]
    return list(dict.fromkeys(name for name in found if name))


def processor() -> str:
    """Return this machine's processor model (Linux: /proc/cpuinfo)."""
    cpuinfo = Path("/proc/cpuinfo")
    for line in cpuinfo.read_text().splitlines() if cpuinfo.exists() else []:
        if line.startswith("model name"):
            return " ".join(line.partition(":")[2].split())
    return platform.processor() or platform.machine()
