"""The engines `docker` and `podman`: one class, for they are called alike."""

from __future__ import annotations

import functools
import json
import os
from dataclasses import dataclass
from pathlib import Path

from workflows import environments, files
from workflows.engines import emulator, isolation, local, probe
from workflows.engines.client import Client
from workflows.engines.interface import Job, Process
from workflows.errors import CannotError, UserError
from workflows.images.assemble import PYTHON, assemble
from workflows.images.record import ImageRecord
from workflows.places import cache

INSTALL = {"docker": "apt-get install docker.io", "podman": "apt-get install podman"}
REPAIR = {
    "docker": "start its daemon (systemctl start docker) and let this user reach its socket",
    "podman": "make it run a container by hand (podman run --network none IMAGE true)",
}
EMULATOR = "/qemu-x86_64"
"""Where a container finds this host's emulator."""


@dataclass
class Container:
    """Runs every job in a container of its own."""

    name: str
    isolation: str = isolation.WORDS

    def probe(self) -> str:
        """Run a container with all the isolation of a real one; say which client did."""
        client = _probed(self.name)
        version = client.asked("version", "--format", "{{.Client.Version}}") or "of unknown version"
        return f"{self.name} {version} ran a container"

    def build(self, environment: str, *, fresh: bool = False) -> ImageRecord:
        """Build the environment's image offline from its lock."""
        return assemble(self._client(), environments.find(environment), fresh=fresh)

    def process(self, image: ImageRecord, job: Job) -> Process:
        """Remove what an earlier start of the job left, and say how to start it."""
        confined = _confined(image, job)
        client = self._client()
        if not client.has(image.tag):
            raise UserError(
                f"engine {self.name}: image {image.tag} is gone; build it again: "
                f"snakemake -f results/images/{image.environment}.json"
            )
        client.remove(job.name)
        (job.output / (job.conditions.folder or "")).mkdir(parents=True, exist_ok=True)
        if not os.getuid():
            _check_readable(job.code)
            isolation.hand_over(job.output, job.conditions.user or isolation.RUNNER)
        arguments = client.argv(*isolation.run(client, confined))
        return Process(arguments, dict(os.environ), job.output)

    def explain(self, job: Job, exit_code: int) -> str | None:
        """Say whether memory ran out, or why the container never started."""
        state = self._client().asked("inspect", "--format", "{{json .State}}", job.name)
        found = json.loads(state) if state else {}
        # Podman's monitor may note it only in a file called oom, where the client was started.
        if found.get("OOMKilled") or (job.output / "oom").exists():
            limit = f"the limit of {job.memory_gb:g} GB" if job.memory_gb else "this machine's"
            return f"out of memory: it needed more than {limit}"
        return found.get("Error") or local.explain(job, exit_code)

    def clean(self, job: Job) -> None:
        """End and remove the job's container, and give its files to the caller."""
        self._client().remove(job.name)
        if not os.getuid() and job.output.is_dir():
            isolation.hand_over(job.output, os.getuid())

    def _client(self) -> Client:
        return _remembered(self.name)


def _confined(image: ImageRecord, job: Job) -> isolation.Confined:
    places = {"{data}": "/data", "{output}": "/output"}
    around = job.conditions
    if around.user is not None and os.getuid():
        raise CannotError(f"user: {around.user}: only root can hand a run's folder to another user")
    program = emulator.find(job, emulator.STATIC)
    emulated = emulator.prefix(EMULATOR, around.cpu) if program else []
    return isolation.Confined(
        name=job.name,
        image=image.tag,
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


def _check_readable(folder: Path) -> None:
    """A run started by root is not root: what it reads must be readable to others."""
    mode = folder.stat().st_mode & 0o777
    if mode & 0o005 != 0o005:
        raise UserError(
            f"{folder}: mode {mode:03o}, but a run started by root has user {isolation.RUNNER} "
            f"and must read it; chmod -R go+rX {folder}"
        )


def _filled(text: str, places: dict[str, str]) -> str:
    return functools.reduce(lambda done, place: done.replace(place, places[place]), places, text)


def _probed(name: str) -> Client:
    """Find out how the client works on this host, and remember it for the runs to come."""
    try:
        client = probe.working(name)
    except UserError as error:
        fix = REPAIR[name] if Client(name).installed else f"install it ({INSTALL[name]})"
        raise UserError(f"engine {name}: {error}; {fix}, or choose engine: venv") from None
    files.write_json(_memory(name), {"before": client.before, "run": client.run})
    return client


def _memory(name: str) -> Path:
    return cache("engines") / f"{name}.json"


@functools.cache
def _remembered(name: str) -> Client:
    """Return the client as the last probe called it, so that not every run probes again."""
    if len(probe.ways_of(name)) == 1:
        return Client(name)
    try:
        flags = json.loads(_memory(name).read_text(encoding="utf-8"))
        return Client(name, tuple(flags["before"]), tuple(flags["run"]))
    except (OSError, ValueError, KeyError):
        return _probed(name)
