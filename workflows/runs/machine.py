"""What a run computed on, by its record: what was asked for, and what two do not share."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from workflows.environments.conditions import Conditions
from workflows.experiment.reads import static
from workflows.runs.held import Held
from workflows.runs.record import Run, RunRecord

NOT_ASKED = {"repeat", "configuration", "variation", "settings", "options", "conditions"}
"""Fields of a specification that are names, or are taken apart."""


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


def differing(a: RunRecord, b: RunRecord) -> list[str]:
    """Return what is not equal around two runs, `NAME: LEFT against RIGHT` each.

    What was asked first, then software, machine, switches and variables as they really held.
    """
    return [*_asked(a, b), *_software(a, b), *_held(a.held, b.held)]


def _asked(a: RunRecord, b: RunRecord) -> list[str]:
    x, y = a.run, b.run
    plain = {*type(x).model_fields} - NOT_ASKED
    found = _pairs("", x.model_dump(include=plain), y.model_dump(include=plain))
    found += _sets("settings", {*x.settings}, {*y.settings})
    found += _pairs("option ", x.options, y.options)
    return found + _pairs("asked ", x.conditions.model_dump(), y.conditions.model_dump())


def _software(a: RunRecord, b: RunRecord) -> list[str]:
    """Name packages, image, code and what was read, where they are not the same."""
    versions = [record.held.versions if record.held else {} for record in (a, b)]
    found = _pairs("", *versions)
    used = [record.image for record in (a, b)]
    found += _pairs("", *({"engine": image.engine} if image else {} for image in used))
    contents = [image.content_digest if image else None for image in used]
    if contents[0] != contents[1] and None not in contents:
        found.append("the contents of the image")
    code = [static(record.identity) for record in (a, b)]
    if code[0] != code[1] and None not in code:
        found.append("code, or what its settings do")
    read = [record.read or {} for record in (a, b)]
    names = sorted(n for n in {*read[0], *read[1]} if read[0].get(n) != read[1].get(n))
    return found + ([f"files that it read: {', '.join(names)}"] if names else [])


def _held(a: Held | None, b: Held | None) -> list[str]:
    """Name machine, switches and variables, where they are not the same."""
    if a is None or b is None:
        return []
    sides = [
        {
            "processor": " ".join(held.processor.model.split()),
            "cores": held.processor.cores,
            "GPU": held.gpu and str(held.gpu),
            "system": held.system, "C library": held.libc,
            "user": held.process.user, "folder": _chosen(held.process.folder),
        }
        for held in (a, b)
    ]  # fmt: skip
    found = _pairs("", *sides)
    found += _sets("instructions", a.processor.instructions, b.processor.instructions)
    return [*found, *_pairs("switch ", a.flags, b.flags), *_pairs("", a.variables, b.variables)]


def _chosen(folder: str | None) -> str | None:
    """Return a folder's name, None where the launcher made it for one run: chance is no cause."""
    return None if folder and re.fullmatch(r"\.\d+\.\w{8}", folder) else folder


def _pairs(what: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    return [
        f"{what}{key}: {_shown(a.get(key))} against {_shown(b.get(key))}"
        for key in dict.fromkeys([*a, *b])
        if a.get(key) != b.get(key)
    ]


def _shown(value: Any) -> str:
    return "none" if value is None or value in ("", [], {}) else str(value)


def _sets(what: str, a: set[str], b: set[str]) -> list[str]:
    if a == b:
        return []
    left, right = (", ".join(sorted(names)) or "none" for names in (a - b, b - a))
    return [f"{what} of one side alone: {left} against {right}"]
