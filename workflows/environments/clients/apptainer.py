"""Apptainer on this host, called and listened to: without root's rights, by our words alone."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from workflows.common import program
from workflows.environments import user

PROGRAM = "apptainer"
# Flags of the caller's shell would change what a run may see; these only say where to work.
_OURS = ("APPTAINER_TMPDIR", "APPTAINER_CACHEDIR", "APPTAINER_CONFIGDIR")
_FOREIGN = ("APPTAINER", "SINGULARITY")


def argv(*arguments: str, before: Sequence[str] = ()) -> list[str]:
    """Return the argument list of a subcommand; `before` are words that limit it."""
    return [*user.unprivileged(), *before, PROGRAM, *arguments]


def environment() -> dict[str, str]:
    """Return the environment of Apptainer itself, without what would add to a run's."""
    kept = {
        name: text
        for name, text in os.environ.items()
        if name in _OURS or not name.startswith(_FOREIGN)
    }
    if not os.getuid():
        kept["HOME"] = tempfile.gettempdir()  # not root's: it is read as somebody else
    return kept


def call(*arguments: str, work: Path | None = None, timeout: float = 120) -> str:
    """Carry out a subcommand within `timeout` seconds and return what it prints.

    `work` is for its temporary files. Raises `UserError` with its last line where it fails.
    """
    around = environment()
    if work:
        around = {"APPTAINER_TMPDIR": str(work), **around, "HOME": str(work)}
    what = next((word for word in arguments if not word.startswith("-")), arguments[0])
    return program.output(
        argv(*arguments), f"{PROGRAM} {what}", timeout=timeout,
        env=around, cwd=work or tempfile.gettempdir(),
    )  # fmt: skip
