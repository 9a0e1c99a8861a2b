"""What is known of the engines before the code of any is loaded: their names, and which pin."""

from __future__ import annotations

from typing import Literal

Engine = Literal["docker", "podman", "apptainer", "venv", "host"]
HOST = "host"
"""The engine that pins nothing, and the one environment that it has: what this machine holds."""


def pins(engine: str) -> bool:
    """Say whether an engine makes its environments from hash locks."""
    return engine != HOST


def environments(engine: str, asked: list[str]) -> list[str]:
    """Return the environments that an experiment has with an engine, of those that it asks for."""
    return asked if pins(engine) else [HOST]
