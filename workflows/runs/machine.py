"""What a run computed on, by its record, and whether that is what was asked."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workflows.environments.conditions import Conditions
from workflows.runs.record import Run, RunRecord


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


def unmet(asked: Conditions, held: dict[str, Any]) -> str | None:
    """Return in one line which surroundings a run did not have, by its own account, or None.

    `held` is that section of its record. The emulated model in it rests on the processor's own
    identification (`benchmarks/cpuid.py`), not on what the run was told.
    """
    processor, process = held.get("processor") or {}, held.get("process") or {}
    emulated = processor.get("emulated")
    capability = str((held.get("flags") or {}).get("cpu_capability"))
    if emulated != asked.cpu:
        wanted = f"an emulated {asked.cpu}" if asked.cpu else "this machine's own processor"
        return f"asked was {wanted}, but the run held {processor.get('model')}, {capability}"
    if asked.cpu and capability.startswith("AVX512"):
        return f"asked was an emulated {asked.cpu}, but PyTorch saw {capability}: none emulates it"
    if asked.user is not None and process.get("user") != asked.user:
        return f"asked was user {asked.user}, but the run held user {process.get('user')}"
    if asked.folder is not None and process.get("folder") != asked.folder.rpartition("/")[2]:
        return f"asked was folder {asked.folder}, but the run held {process.get('folder')}"
    return None


def in_words(held: dict[str, Any] | None) -> dict[str, str]:
    """Return what of a machine can change bits, in words, from what a record held."""
    if not held:
        return {}
    processor, flags, gpu = held.get("processor") or {}, held.get("flags") or {}, held.get("gpu")
    found = {
        "processor": " ".join(str(processor.get("model")).split()),
        "instruction set": str(flags.get("cpu_capability")),
        "GPU": f"{gpu['name']}, driver {gpu['driver']}" if gpu else "none",
        "system": str(held.get("system")),
        "C library": str(held.get("libc")),
    }
    return {key: value for key, value in found.items() if value}
