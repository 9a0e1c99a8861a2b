"""A program that is called and listened to; where it fails, its last line is the reason.

Standard library only: it also works where nothing is installed.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflows.common.errors import UserError

Done = subprocess.CompletedProcess[str]


def run(
    arguments: Sequence[str | Path], name: str = "", *, timeout: float | None = None, **how: Any
) -> Done:
    """Carry out a command to its end, within `timeout` seconds, and return what it said.

    `how` is what `subprocess.run` takes: input, env, cwd, stdout. Raises `UserError`, beginning
    with `name` (the program's, where none is given), where it cannot be started or is too slow.
    """
    name = name or str(arguments[0])
    try:
        done: subprocess.CompletedProcess[bytes] = subprocess.run(
            arguments, timeout=timeout, check=False,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how},
        )  # fmt: skip
    except OSError as error:
        if isinstance(error, FileNotFoundError) and error.filename == arguments[0]:
            raise UserError(f"{arguments[0]} is not installed") from None
        raise UserError(f"{name}: {error.filename}: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise UserError(f"{name}: no answer within {timeout:g} s") from None
    said = ((text or b"").decode(errors="replace") for text in (done.stdout, done.stderr))
    return Done(arguments, done.returncode, *said)


def reason(done: Done) -> str:
    """Return the last line that a command said, by rights on stderr; else its exit code."""
    said = done.stderr.strip() or done.stdout.strip()
    return said.splitlines()[-1] if said else f"exit code {done.returncode}"


def output(
    arguments: Sequence[str | Path], name: str = "", *, timeout: float | None = None, **how: Any
) -> str:
    """Return what a command prints; raise `UserError` also where it fails."""
    done = run(arguments, name, timeout=timeout, **how)
    if done.returncode:
        raise UserError(f"{name or arguments[0]}: {reason(done)}")
    return done.stdout.strip()
