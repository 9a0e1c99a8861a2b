"""A job as a container sees it, whichever engine shuts it in."""

from __future__ import annotations

import functools

from workflows.common.paths import CONTAINERS, ROOT
from workflows.environments.clients.confined import Confined
from workflows.environments.definition import Environment
from workflows.environments.engines import emulator
from workflows.environments.engines.interface import Engine, Job
from workflows.environments.images.assemble import PYTHON, recipe

EMULATOR = "/qemu-x86_64"
"""Where a container finds this host's emulator."""


class Contained(Engine):
    """An engine whose environments are images, made from a recipe and a base."""

    def sources(self, environment: str) -> list[str]:
        """Return the lock, the recipe (an environment may have its own) and the base."""
        found = recipe(Environment(environment, CONTAINERS / environment)).relative_to(ROOT)
        return [*super().sources(environment), str(found), "containers/base/base.yaml"]


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


def _filled(text: str, places: dict[str, str]) -> str:
    return functools.reduce(lambda done, place: done.replace(place, places[place]), places, text)
