"""A command in a container, and all that it may see of this host."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Confined:
    """A command to run in a container, and all that it may see of the host."""

    name: str
    image: str
    command: list[str]
    read: dict[str, Path] = field(default_factory=dict)
    write: dict[str, Path] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    gpu: str | None = None
    memory_gb: float | None = None
    user: int | None = None
    folder: str | None = None


def bind(path: Path, where: str, *, write: bool = False) -> str:
    """Return the flag that shows a path of this host in a container.

    The flag is read as CSV by all engines: quoted, a path may hold a comma.
    """
    source = f"source={path.resolve()}".replace('"', '""')
    return f'--mount=type=bind,"{source}",target={where}{"" if write else ",readonly"}'


def binds(asked: Confined) -> list[str]:
    """Return the flags for all that a command reads and writes."""
    read = [bind(path, where) for where, path in asked.read.items()]
    return read + [bind(path, where, write=True) for where, path in asked.write.items()]
