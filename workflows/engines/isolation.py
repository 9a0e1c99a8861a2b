"""How a container is shut in: the one place that says what a run may reach."""

from __future__ import annotations

import os

from workflows.engines.client import Client
from workflows.engines.confined import Confined, binds

RUNNER = 10001
"""User and group of a run whose caller is root; a run of anyone else has the caller's."""

WORDS = (
    "own container: no network, read-only root, code and data read-only, one writable folder "
    "and an own /tmp, not root, no capabilities"
)


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
