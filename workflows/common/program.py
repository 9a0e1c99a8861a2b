"""A program that is called and listened to; where it fails, its last line is the reason."""

from __future__ import annotations

import subprocess
from typing import Any

from workflows.common.errors import UserError


def output(arguments: list[str], name: str, *, timeout: float, **how: Any) -> str:
    """Carry out a command within `timeout` seconds and return what it prints.

    `how` is what `subprocess.run` takes: input, env, cwd. Raises `UserError`, beginning with
    `name`, where the program is absent, too slow, or fails.
    """
    try:
        done: subprocess.CompletedProcess[bytes] = subprocess.run(
            arguments, capture_output=True, timeout=timeout, check=False, **how
        )
    except FileNotFoundError as error:
        raise UserError(f"{error.filename} is not installed") from None
    except subprocess.TimeoutExpired:
        raise UserError(f"{name}: no answer within {timeout:g} s") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise UserError(f"{name}: {said[-1] if said else f'exit code {done.returncode}'}")
    return done.stdout.decode(errors="replace").strip()
