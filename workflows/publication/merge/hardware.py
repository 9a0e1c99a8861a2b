"""What a publication's machine is, by its own records: a processor, a GPU, or an emulator. Pure."""

from __future__ import annotations

import re
import textwrap
from typing import NamedTuple

from workflows.publication.check.integrity import Publication
from workflows.runs.held import Held
from workflows.runs.machine import in_words

_CAP = "ATEN_CPU_CAPABILITY"
"""Where this variable stands, PyTorch names the cap instead of what the processor has."""


class Hardware(NamedTuple):
    """A machine in words, and whether an emulator stands in for its processor."""

    words: str
    simulated: bool


def hardware(publication: Publication) -> Hardware:
    """Say what the completed runs ran on, but those that were given another processor on purpose.

    A machine counts as simulated where a single one of them was emulated.
    """
    held = [
        record.held
        for record in publication.records.values()
        if record.status == "completed" and record.held and not record.run.conditions.cpu
    ]
    free = [each for each in held if _CAP not in each.variables]
    words = list(dict.fromkeys(_words(each) for each in free or held))
    return Hardware(" and ".join(words) or "an unknown machine", any(map(_emulated, held)))


def _emulated(held: Held) -> bool:
    """Whether a run's own account names an emulator; records of old have the model's name alone."""
    return bool(held.processor.emulator) or held.processor.model.startswith("QEMU")


def _words(held: Held) -> str:
    """Return model and instruction set, and the GPU, in plain characters."""
    found = in_words(held)
    model = found["processor"].removeprefix("QEMU ")
    words = f"{model}, {found['instruction set']}"
    words += f", {found['GPU']}" if found["GPU"] != "none" else ""
    return tame(words, 120)


def tame(words: str, longest: int) -> str:
    """Return a stranger's words in plain characters: they stand in tables of Markdown."""
    plain = re.sub(r"[^A-Za-z0-9 ()+.,@/:&;=_-]", "?", words)
    return textwrap.shorten(plain, longest, placeholder=" ...")
