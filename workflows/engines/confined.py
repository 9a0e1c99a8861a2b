"""What a command in a container may see of this host, whichever engine shuts it in."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path

from workflows.engines import emulator
from workflows.engines.interface import Job
from workflows.images.assemble import PYTHON

EMULATOR = "/qemu-x86_64"
"""Where a container finds this host's emulator."""


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


def confined(image: str, job: Job) -> Confined:
    """Return a job as a container sees it.

    Raises `CannotError` where no emulator for its processor is at hand.
    """
    places = {"{data}": "/data", "{output}": "/output"}
    around = job.conditions
    program = emulator.find(job, emulator.STATIC)
    emulated = emulator.prefix(EMULATOR, around.cpu) if program else []
    return Confined(
        name=job.name,
        image=image,
        command=[*emulated, PYTHON, *(_filled(text, places) for text in job.arguments)],
        read={"/reprise": job.code}
        | ({"/data": job.data} if job.data.is_dir() else {})
        | ({EMULATOR: program} if program else {}),
        write={"/output": job.output},
        environment={
            "HOME": "/tmp",  # noqa: S108 - the container's own
            "PYTHONPATH": "/reprise",
            "PYTHONDONTWRITEBYTECODE": "1",
            **around.variables,
            **emulator.variables(emulated),
            **job.environment,
        },
        gpu=job.gpu,
        memory_gb=job.memory_gb,
        user=around.user,
        folder=f"/output/{around.folder}" if around.folder else None,
    )


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


def _filled(text: str, places: dict[str, str]) -> str:
    return functools.reduce(lambda done, place: done.replace(place, places[place]), places, text)
