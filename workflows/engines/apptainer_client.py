"""Apptainer on this host, called and listened to: without root's rights, by our words alone."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from workflows.engines import user
from workflows.errors import UserError

PROGRAM = "apptainer"
# Flags of the caller's shell would change what a run may see; these only say where to work.
_OURS = ("APPTAINER_TMPDIR", "APPTAINER_CACHEDIR", "APPTAINER_CONFIGDIR")
_FOREIGN = ("APPTAINER", "SINGULARITY")


def argv(*arguments: str, before: tuple[str, ...] | list[str] = ()) -> list[str]:
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
        around |= {"HOME": str(work)}
        around.setdefault("APPTAINER_TMPDIR", str(work))
    what = next((word for word in arguments if not word.startswith("-")), arguments[0])
    try:
        done = subprocess.run(
            argv(*arguments), env=around, cwd=work or tempfile.gettempdir(), capture_output=True,
            text=True, errors="replace", timeout=timeout, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise UserError(f"{PROGRAM} is not installed") from None
    except subprocess.TimeoutExpired:
        raise UserError(f"{PROGRAM} {what}: no answer within {timeout:g} s") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise UserError(f"{PROGRAM} {what}: {said}")
    return done.stdout
