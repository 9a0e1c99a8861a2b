"""What a run computed on, by its record, and whether that is what was asked."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from pathlib import Path

from workflows.environments.conditions import Conditions
from workflows.runs.held import Held
from workflows.runs.record import Run, RunRecord


def machine(run: Run) -> str:
    """Return what a run computed on, in words: another processor or GPU rounds differently."""
    held = run.record.held
    if held is None:
        return "unknown"
    if run.record.run.device == "cuda" and held.gpu:
        return str(held.gpu)
    return f"{held.processor.model}, {held.capability}"


def host(record: RunRecord) -> str | None:
    """Return the processor, and the GPU where one computed; None for an emulated processor.

    None as well for a record that does not say.
    """
    held = record.held
    if record.run.conditions.cpu or held is None or not held.processor.model:
        return None
    gpu = held.gpu if record.run.device == "cuda" else None
    return " ".join(held.processor.model.split()) + (f", {gpu}" if gpu else "")


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


def unmet(asked: Conditions, held: Held) -> str | None:
    """Return in one line which surroundings a run did not have, by its own account, or None.

    `held` is that section of its record. The emulated model in it rests on the processor's own
    identification (`benchmarks/cpuid.py`), not on what the run was told.
    """
    processor, process, capability = held.processor, held.process, held.capability
    if processor.emulated != asked.cpu:
        wanted = f"an emulated {asked.cpu}" if asked.cpu else "this machine's own processor"
        return f"asked was {wanted}, but the run held {processor.model}, {capability}"
    if asked.cpu and capability.startswith("AVX512"):
        return f"asked was an emulated {asked.cpu}, but PyTorch saw {capability}: none emulates it"
    if asked.user is not None and process.user != asked.user:
        return f"asked was user {asked.user}, but the run held user {process.user}"
    if asked.folder is not None and process.folder != asked.folder.rpartition("/")[2]:
        return f"asked was folder {asked.folder}, but the run held {process.folder}"
    return None


def in_words(held: Held | None) -> dict[str, str]:
    """Return what of a machine can change bits, in words, from what a record held."""
    if not held:
        return {}
    found = {
        "processor": " ".join(held.processor.model.split()),
        "instruction set": held.capability,
        "GPU": f"{held.gpu.name}, driver {held.gpu.driver}" if held.gpu else "none",
        "system": held.system,
        "C library": held.libc,
    }
    return {key: value for key, value in found.items() if value}
