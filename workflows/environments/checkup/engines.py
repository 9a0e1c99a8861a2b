"""Which engines work here, by their own probes, and which one `auto` takes."""

from __future__ import annotations

from workflows.common.errors import UserError
from workflows.environments.checkup.finding import PATIENCE, Finding, State, answer, installed
from workflows.environments.clients.available import INSTALL, REPAIR
from workflows.environments.engines import AUTO, get
from workflows.environments.engines.container import Container

_GREETINGS = {
    "docker": ("docker", "version", "--format", "{{.Server.Version}}"),
    "podman": ("podman", "version"),
    "apptainer": ("apptainer", "--version"),
}
"""What a client answers at once where it works at all: its probe is more patient."""


def engine(name: str) -> Finding:
    """Try one engine. None is needed by itself, so none blocks."""
    greeting = _GREETINGS.get(name)
    if greeting and not installed(name):
        fix = f"where it is wanted: {INSTALL[name]}" if name in INSTALL else ""
        return Finding(name, State.ABSENT, "not installed", fix)
    try:
        if greeting:
            answer(*greeting)
        found = get(name)
        said = found.probe(PATIENCE) if isinstance(found, Container) else found.probe()
        return Finding(name, State.WORKS, said)
    except UserError as error:
        said, _, fix = str(error).removeprefix(f"engine {name}: ").partition("; ")
        # `host` is for those who have a PyTorch of their own: nobody else misses it.
        state = State.ABSENT if name == "host" else State.POOR
        fix = fix.partition(", or choose engine")[0] or REPAIR.get(name, "")
        return Finding(name, state, said, fix)


def first(found: list[Finding]) -> str | None:
    """Return the engine that `auto` takes of those found."""
    working = [each.name for each in found if each.state is State.WORKS]
    return next((name for name in AUTO if name in working), None)


def taken(name: str | None) -> Finding:
    """Say which engine `auto` takes; it blocks where there is none."""
    if name:
        return Finding("engine", State.WORKS, f"auto takes {name}")
    said = f"none of {', '.join(AUTO)} works"
    return Finding("engine", State.BLOCKS, said, "put one of them right, as said above")
