"""Engines: the ways to run a command in a pinned environment."""

from __future__ import annotations

import difflib

from workflows.common.errors import UserError
from workflows.environments.engines.apptainer import Apptainer
from workflows.environments.engines.container import Container
from workflows.environments.engines.host import Host
from workflows.environments.engines.interface import Engine
from workflows.environments.engines.venv import Venv

_ALL = (Container("docker"), Container("podman"), Apptainer(), Venv(), Host())
ENGINES: dict[str, Engine] = {engine.name: engine for engine in _ALL}
"""Every engine by its name."""
AUTO = ("docker", "podman", "venv")
"""Of these `auto` takes the first that works: `apptainer` needs an image from one of the first two,
and `host` pins nothing."""


def get(name: str) -> Engine:
    """Return the engine called `name`; raise `UserError` naming the nearest one."""
    if name in ENGINES:
        return ENGINES[name]
    near = difflib.get_close_matches(name, ENGINES, n=1, cutoff=0)[0]
    raise UserError(
        f"engine: {name!r}: expected auto or one of {', '.join(ENGINES)}; did you mean {near}?"
    )


def resolve(name: str) -> tuple[Engine, str]:
    """Return an engine that works here and one line that says why this one.

    A named engine is taken or refused with a `UserError`; only `auto` looks further.
    """
    if name != "auto":
        engine = get(name)
        return engine, f"engine {name}, as asked: {engine.probe()}"
    reasons: list[str] = []
    for candidate in AUTO:
        engine = get(candidate)
        try:
            return engine, "; ".join([f"engine {candidate}: {engine.probe()}", *reasons])
        except UserError as error:
            reasons.append(f"not {candidate}: {_reason(error, candidate)}")
    said = "; ".join(reasons)
    raise UserError(f"engine: auto found none that works: {said}; what to do: reprise doctor")


def _reason(error: UserError, engine: str) -> str:
    """Return the problem that an engine's error names, without its fix."""
    return str(error).removeprefix(f"engine {engine}: ").partition("; ")[0]
