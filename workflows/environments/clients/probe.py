"""Does a container client really work here? Run something in a container and see."""

from __future__ import annotations

import io
import os
import re
import shutil
import tarfile
import tempfile
import time
import uuid
from hashlib import sha256
from math import inf
from pathlib import Path

from workflows.common import program
from workflows.common.errors import UserError
from workflows.environments.clients.confined import Confined
from workflows.environments.clients.docker import RUNNER, Client, run
from workflows.environments.user import hand_over

TIMEOUT = 20
"""Seconds that a client may take over one call."""


def working(name: str, patience: float = inf) -> Client:
    """Return the first way of calling `name` that runs a container with all our isolation.

    Raises `UserError` with the reason why the last way did not; none is tried, and none goes on,
    once `patience` seconds are over.
    """
    end = time.monotonic() + patience
    ways = ways_of(name)
    if not ways[0].installed:
        raise UserError(f"{name} is not installed")
    image = _image(ways[0])
    problem = UserError(f"{name}: no way to call it")
    for client in ways:
        try:
            _try(client, image, max(1, round(min(TIMEOUT, end - time.monotonic()))))
        except UserError as error:
            problem = error
        else:
            return client
        if time.monotonic() > end:
            break
    raise problem


def ways_of(name: str) -> list[Client]:
    """Return the ways to call a client: plain first, then with what some hosts need."""
    plain = Client(name)
    if name != "podman":
        return [plain]
    init = _init()
    # Hosts with SELinux keep a container off unlabelled folders.
    labels = (*init, "--security-opt", "label=disable")
    # Podman asks for the hard limits of its own build; some hosts do not permit to raise them.
    limits = (*labels, "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
    # crun refuses hosts whose control groups are of both versions.
    runc = Client(name, before=("--runtime", "runc"), run=limits)
    return [plain, *(Client(name, run=flags) for flags in (init, labels, limits)), runc]


def _init() -> tuple[str, ...]:
    """Name an init that is installed, for podmans that come without their own."""
    found = filter(None, map(shutil.which, ("catatonit", "docker-init", "tini")))
    return next((("--init", "--init-path", path) for path in found), ())


def _try(client: Client, image: str, timeout: float) -> None:
    """Let a container write one file into a folder of this host, and the host delete it."""
    with tempfile.TemporaryDirectory(prefix="reprise-probe-") as folder:
        confined = Confined(
            name=f"reprise-probe-{uuid.uuid4().hex[:12]}",
            image=image,
            command=["/touch", "/output/written"],
            write={"/output": Path(folder)},
        )
        if not os.getuid():
            hand_over(Path(folder), RUNNER)
        try:
            client.call(*run(client, confined), timeout=timeout)
            if not Path(folder, "written").exists():
                raise UserError(f"{client.name} run: a container cannot write to this host")
        finally:
            client.remove(confined.name)


def _image(client: Client) -> str:
    """Return the name of an image that holds this host's `touch` and its libraries, only."""
    try:
        held = archive()
    except OSError as error:
        raise UserError(f"no program of this host to try in a container: {error}") from None
    name = f"localhost/reprise/probe:{sha256(held).hexdigest()[:16]}"
    if not client.has(name):
        client.call("import", "-", name, stdin=held, timeout=TIMEOUT)
    return name


def archive() -> bytes:
    """Return a tar that holds this host's `touch` and its libraries, and mount points."""
    touch = shutil.which("touch") or "/bin/touch"
    listed = program.run(["ldd", touch])
    libraries = re.findall(r"(/\S+) \(0x", listed.stdout)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for source, target in [(touch, "touch"), *((path, path) for path in libraries)]:
            data = Path(source).read_bytes()
            entry = tarfile.TarInfo(target.strip("/"))
            entry.size, entry.mode = len(data), 0o755
            made.addfile(entry, io.BytesIO(data))
        # The empty ones are where Apptainer mounts what every system has.
        for folder in ("tmp", "output", "dev", "etc", "proc", "sys"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777
            made.addfile(entry)
    return buffer.getvalue()
