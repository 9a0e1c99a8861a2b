"""How a container is shut in: the one place that says what a run may reach."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from workflows.engines.client import Client

RUNNER = 10001
"""User and group of a run whose caller is root; a run of anyone else has the caller's."""

WORDS = (
    "own container: no network, read-only root, code and data read-only, one writable folder, "
    "not root, no capabilities"
)


@dataclass(frozen=True)
class Confined:
    """A command to run in a container, and all that it may see of the host."""

    name: str
    image: str
    command: list[str]
    read: dict[str, Path] = field(default_factory=dict)
    write: dict[str, Path] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    gpu: bool = False
    memory_gb: float | None = None
    user: int | None = None
    folder: str | None = None


def run(client: Client, confined: Confined) -> list[str]:
    """Return the client's subcommand that runs the command and waits for its end."""
    mounts = [_mount(path, where, ",readonly") for where, path in confined.read.items()]
    mounts += [_mount(path, where) for where, path in confined.write.items()]
    # Not --rm: whether the kernel ended it for lack of memory is read afterwards.
    return [
        "run", "--name", confined.name, *client.run,
        "--network", "none", "--user", _user(confined.user), *_same_user(client),
        "--read-only", "--tmpfs", "/tmp:rw,nosuid,nodev,mode=1777",  # noqa: S108
        "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--pids-limit", "1024",
        "--shm-size", "1g", "--log-driver", "none",
        *(("--workdir", confined.folder) if confined.folder else ()),
        *mounts, *_memory(confined.memory_gb), *_gpu(client, confined.gpu),
        *(f"--env={name}={value}" for name, value in confined.environment.items()),
        confined.image, *confined.command,
    ]  # fmt: skip


def hand_over(folder: Path, owner: int) -> None:
    """Give a folder and all in it to user and group `owner`; links are not followed."""
    os.chown(folder, owner, owner)
    for inside, folders, names in os.walk(folder):
        for name in (*folders, *names):
            os.chown(Path(inside) / name, owner, owner, follow_symlinks=False)


def _user(asked: int | None) -> str:
    if asked is not None:
        return f"{asked}:{asked}"
    return f"{os.getuid()}:{os.getgid()}" if os.getuid() else f"{RUNNER}:{RUNNER}"


def _same_user(client: Client) -> list[str]:
    """Rootless podman renumbers users; keep the caller's, so that its files stay its own."""
    return ["--userns", "keep-id"] if client.name == "podman" and os.getuid() else []


def _mount(path: Path, where: str, options: str = "") -> str:
    # The flag is read as CSV: quoted, a path may hold a comma.
    source = f"source={path.resolve()}".replace('"', '""')
    return f'--mount=type=bind,"{source}",target={where}{options}'


def _memory(gb: float | None) -> list[str]:
    """Limit memory, and swap to nothing beyond it."""
    size = f"{int(gb * 2**30)}b" if gb else ""
    return ["--memory", size, "--memory-swap", size] if gb else []


def _gpu(client: Client, asked: bool) -> list[str]:
    if not asked:
        return []
    return ["--gpus", "all"] if client.name == "docker" else ["--device", "nvidia.com/gpu=all"]
