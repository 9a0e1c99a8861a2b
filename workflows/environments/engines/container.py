"""The engines `docker` and `podman`: one class, for they are called alike."""

from __future__ import annotations

import json
import os
from math import inf

from workflows.common.errors import CannotError, UserError
from workflows.environments import definition as environments
from workflows.environments.clients import docker
from workflows.environments.clients.available import probed, remembered
from workflows.environments.clients.docker import Client
from workflows.environments.engines.confined import Contained, confined
from workflows.environments.engines.interface import Job, Process
from workflows.environments.images.assemble import assemble, digest_of
from workflows.environments.images.record import ImageRecord
from workflows.environments.images.share import bring
from workflows.environments.user import check_mounted, hand_over


class Container(Contained):
    """Runs every job in a container of its own."""

    isolation = docker.WORDS

    def __init__(self, name: str) -> None:
        """Take the client called `name`."""
        self.name = name

    def probe(self, patience: float = inf) -> str:
        """Run a container with all the isolation of a real one; say which client did."""
        client = probed(self.name, patience)
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
            check_mounted(job.code, docker.RUNNER)
            hand_over(job.output, job.conditions.user or docker.RUNNER)
        arguments = client.argv(*docker.run(client, asked))
        return Process(arguments, dict(os.environ), job.output, client.removal(job.name))

    def explain(self, job: Job, exit_code: int) -> str | None:
        """Say whether memory ran out, or why the container never started."""
        state = self._client().asked("inspect", "--format", "{{json .State}}", job.name)
        found = json.loads(state) if state else {}
        # Podman's monitor may note it only in a file called oom, where the client was started.
        if found.get("OOMKilled") or (job.output / "oom").exists():
            limit = f"the limit of {job.memory_gb:g} GB" if job.memory_gb else "this machine's"
            return f"out of memory: it needed more than {limit}"
        return found.get("Error") or super().explain(job, exit_code)

    def clean(self, job: Job) -> None:
        """End and remove the job's container, and give its files to the caller."""
        self._client().remove(job.name)
        super().clean(job)

    def _find(self, client: Client, image: ImageRecord) -> None:
        """Make sure that this node has the image that was recorded, and no other of its name."""
        held = digest_of(client, image.tag)
        if held is None:
            return bring(client, image)
        if held != image.content_digest:
            raise UserError(
                f"engine {self.name}: image {image.tag} holds {held[:16]}…, recorded were "
                f"{image.content_digest[:16]}…; remove it, and build it again: "
                f"reprise matrix -- -f results/images/{image.environment}.json"
            )
        return None

    def _client(self) -> Client:
        return remembered(self.name)
