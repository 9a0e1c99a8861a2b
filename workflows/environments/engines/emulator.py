"""QEMU's user mode: another processor for one program, by this host's own installation of it."""

from __future__ import annotations

import difflib
import functools
import re
import shlex
import shutil
from pathlib import Path

from workflows.common import program
from workflows.common.errors import CannotError, UserError
from workflows.environments.engines.interface import Job

VARIABLE = "REPRISE_EMULATOR"
"""Tells a run the words to put before an interpreter: without them a new process is native."""

INSTALL = "is not installed: apt-get install qemu-user qemu-user-static"
# A container holds none of this host's libraries, so there only the static one starts.
STATIC = ("qemu-x86_64-static",)
ANY = ("qemu-x86_64", *STATIC)


def find(job: Job, programs: tuple[str, ...]) -> Path | None:
    """Return the emulator for a job, or None where it asks for no other processor.

    Raises `CannotError` where there is none, `UserError` for a model that it does not know.
    """
    model = job.conditions.cpu
    if model is None:
        return None
    if job.gpu:
        raise CannotError(f"cpu: {model}: QEMU emulates a processor, but no GPU")
    found = next(filter(None, map(shutil.which, programs)), None)
    if found is None:
        raise CannotError(f"{programs[0]} {INSTALL}")
    check_model(model, models(found))
    return Path(found).resolve()


def prefix(path: str, model: str | None) -> list[str]:
    """Return the words that go before an interpreter's name."""
    return [path, "-cpu", str(model)]


def variables(words: list[str]) -> dict[str, str]:
    """Return what tells the run these words; nothing without an emulator."""
    return {VARIABLE: shlex.join(words)} if words else {}


def check_model(model: str, known: list[str]) -> None:
    """Raise `UserError` unless the emulator knows the model."""
    if model not in known:
        near = difflib.get_close_matches(model, known, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}? " if near else ""
        # The numbered ones are versions of the others.
        names = ", ".join(name for name in known if not re.search(r"-v\d+$", name))
        raise UserError(f"cpu: {model!r}: not a model of QEMU; {hint}known: {names}")


@functools.cache
def models(path: str) -> list[str]:
    """Return the CPU models that an emulator lists; raise `UserError` if it lists none."""
    done = program.run([path, "-cpu", "help"], timeout=20)
    known = re.findall(r"^x86 (\S+)", done.stdout, re.MULTILINE)
    if not known:
        raise UserError(f"{path} -cpu help: lists no model; apt-get install qemu-user")
    return known
