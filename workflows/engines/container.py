"""The engines `docker` and `podman`: one class, for they are called alike."""

from __future__ import annotations

import functools
import json
import os
from dataclasses import dataclass
from pathlib import Path

from workflows import environments, files
from workflows.engines import isolation, local, probe
from workflows.engines.client import Client
from workflows.engines.confined import confined
from workflows.engines.interface import Job, Process
from workflows.engines.user import check_mounted, hand_over, take_back
from workflows.errors import CannotError, UserError
from workflows.images.assemble import assemble, digest_of
from workflows.images.record import ImageRecord
from workflows.images.share import bring
from workflows.places import cache

INSTALL = {"docker": "apt-get install docker.io", "podman": "apt-get install podman"}
REPAIR = {
    "docker": "start its daemon (systemctl start docker) and let this user reach its socket",
    "podman": "make it run a container by hand (podman run --network none IMAGE true)",
}


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
        user = job.conditions.user
        if user is not None and os.getuid():
            raise CannotError(f"user: {user}: only root can hand a run's folder to another user")
        asked = confined(image.tag, job)
        client = self._client()
        self._find(client, image)
        client.remove(job.name)
        (job.output / (job.conditions.folder or "")).mkdir(parents=True, exist_ok=True)
        if not os.getuid():
            check_mounted(job.code, isolation.RUNNER)
            hand_over(job.output, job.conditions.user or isolation.RUNNER)
        arguments = client.argv(*isolation.run(client, asked))
        return Process(arguments, dict(os.environ), job.output, client.removal(job.name))

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
        take_back(job.output)

    def _find(self, client: Client, image: ImageRecord) -> None:
        """Make sure that this node has the image that was recorded, and no other of its name."""
        held = digest_of(client, image.tag)
        if held is None:
            return bring(client, image)
        if held != image.content_digest:
            raise UserError(
                f"engine {self.name}: image {image.tag} holds {held[:16]}…, recorded were "
                f"{image.content_digest[:16]}…; remove it, and build it again: "
                f"snakemake -f results/images/{image.environment}.json"
            )
        return None

    def _client(self) -> Client:
        return remembered(self.name)


def working(purpose: str) -> Client:
    """Return the first client that runs containers here; `purpose` says for what it is needed."""
    reasons = []
    for name in INSTALL:
        try:
            return _probed(name)
        except UserError as error:
            reasons.append(str(error).partition(";")[0])
    raise UserError(
        f"no image of {purpose} for apptainer: {'; '.join(reasons)}; on a machine that has one: "
        "snakemake images --config engine=docker images=archive, then bring its results/images here"
    )


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
def remembered(name: str) -> Client:
    """Return a client as the last probe called it, so that not every run probes again."""
    if len(probe.ways_of(name)) == 1:
        return Client(name)
    try:
        flags = json.loads(_memory(name).read_text(encoding="utf-8"))
        return Client(name, tuple(flags["before"]), tuple(flags["run"]))
    except (OSError, ValueError, KeyError):
        return _probed(name)
