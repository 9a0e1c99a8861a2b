"""How `docker` and `podman` are called, and the one place that says what a run may reach."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import cached_property

from workflows.common import program
from workflows.common.errors import UserError
from workflows.environments.clients.confined import Confined, binds

_REMOVE = ("rm", "--force", "--volumes")

RUNNER = 10001
"""User and group of a run whose caller is root; a run of anyone else has the caller's."""

WORDS = (
    "own container: no network, read-only root, code and data read-only, one writable folder "
    "and an own /tmp, not root, no capabilities"
)


@dataclass(frozen=True)
class Client:
    """One client, and the flags that make it work on this host.

    `before` goes in front of every subcommand, `run` into every `run`.
    """

    name: str
    before: tuple[str, ...] = ()
    run: tuple[str, ...] = ("--init",)

    @property
    def installed(self) -> bool:
        """Whether the client is on PATH at all."""
        return shutil.which(self.name) is not None

    def argv(self, *arguments: str) -> list[str]:
        """Return the argument list of a subcommand."""
        return [self.name, *self.before, *arguments]

    def call(self, *arguments: str, stdin: bytes | None = None, timeout: float = 60) -> str:
        """Carry out a subcommand within `timeout` seconds and return what it prints.

        Raises `UserError` with its last line where it fails.
        """
        name = f"{self.name} {arguments[0]}"
        return program.output(self.argv(*arguments), name, timeout=timeout, input=stdin)

    def asked(self, *arguments: str, timeout: float = 60) -> str | None:
        """Return what a subcommand prints, or None where it fails."""
        try:
            return self.call(*arguments, timeout=timeout)
        except UserError:
            return None

    def id(self, image: str) -> str | None:
        """Return the identity of an image in the client's store, or None if it is not there."""
        return self.asked("image", "inspect", "--format", "{{.Id}}", image)

    def has(self, image: str) -> bool:
        """Whether the image is in the client's store."""
        return self.id(image) is not None

    def removal(self, container: str) -> list[str]:
        """Return the argument list that ends and removes a container."""
        return self.argv(*_REMOVE, container)

    def remove(self, container: str) -> None:
        """End and remove a container, if there is one."""
        self.asked(*_REMOVE, container)

    @cached_property
    def build_environment(self) -> dict[str, str]:
        """The environment of a build: BuildKit where it is there, else Docker's classic builder."""
        if self.name != "docker" or self.asked("buildx", "version") is not None:
            return dict(os.environ)
        return {**os.environ, "DOCKER_BUILDKIT": "0"}


def run(client: Client, confined: Confined) -> list[str]:
    """Return the client's subcommand that runs the command and waits for its end."""
    # Not --rm: whether the kernel ended it for lack of memory is read afterwards.
    return [
        "run", "--name", confined.name, *client.run,
        "--network", "none", "--user", _user(confined.user), *_same_user(client),
        "--read-only", "--tmpfs", "/tmp:rw,nosuid,nodev,mode=1777",  # noqa: S108
        "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--pids-limit", "1024",
        "--shm-size", "1g", "--log-driver", "none",
        *(("--workdir", confined.folder) if confined.folder else ()),
        *binds(confined), *_memory(client, confined), *_gpu(client, confined.gpu),
        *(f"--env={name}={value}" for name, value in confined.environment.items()),
        confined.image, *confined.command,
    ]  # fmt: skip


def _user(asked: int | None) -> str:
    if asked is not None:
        return f"{asked}:{asked}"
    return f"{os.getuid()}:{os.getgid()}" if os.getuid() else f"{RUNNER}:{RUNNER}"


def _same_user(client: Client) -> list[str]:
    """Rootless podman renumbers users; keep the caller's, so that its files stay its own."""
    return ["--userns", "keep-id"] if _rootless(client) else []


def _memory(client: Client, confined: Confined) -> list[str]:
    """Limit memory, and swap to nothing beyond it.

    Rootless podman ignores that where control groups are of version 1: there the data of each
    process is limited, too. Not with a GPU: CUDA reserves far more address space than it uses.
    """
    if not confined.memory_gb:
        return []
    size = int(confined.memory_gb * 2**30)
    data = ["--ulimit", f"data={size}:{size}"] if _rootless(client) and not confined.gpu else []
    return ["--memory", f"{size}b", "--memory-swap", f"{size}b", *data]


def _rootless(client: Client) -> bool:
    return client.name == "podman" and os.getuid() != 0


def _gpu(client: Client, gpu: str | None) -> list[str]:
    """Show one GPU, by its index or UUID: to Docker by its own flag, to Podman as a CDI device."""
    if gpu is None:
        return []
    docker = client.name == "docker"
    return ["--gpus", f"device={gpu}"] if docker else ["--device", f"nvidia.com/gpu={gpu}"]
