"""Build an environment's container image offline, and say exactly what came out."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any, BinaryIO, cast

from workflows.common import files
from workflows.common.errors import UserError
from workflows.common.mutex import mutex, on_node
from workflows.common.paths import CONTAINERS, cache
from workflows.common.sums import sha256
from workflows.common.takes import takes
from workflows.common.underway import MB, about, underway
from workflows.environments import wheels
from workflows.environments.clients.docker import Client
from workflows.environments.definition import Environment
from workflows.environments.images import base as bases
from workflows.environments.images.contents import Contents, of_tar
from workflows.environments.images.record import Base, ImageRecord, System

PYTHON = "/opt/reprise/bin/python"
RATE = 20.0
"""Megabytes of unpacked wheels that a build writes in a second: 58 s for 1.06 GB, 218 for 5.2."""
STEP = re.compile(r"^(?:STEP|Step|#\d+ \[.*?) ?(\d+)/(\d+)(?=[\] :])")
"""How Docker, BuildKit and Podman begin a step of a build."""
DESCRIBE = """
import importlib.metadata, json, platform, re
found = importlib.metadata.distributions()
packages = {re.sub("[-_.]+", "-", each.name).lower(): each.version for each in found}
packages = dict(sorted(packages.items()))
print(json.dumps({"python": platform.python_version(), "packages": packages}))
"""
"""A program that prints its interpreter's version and its installed distributions, as JSON."""
SYSTEM = """
import json, pathlib, platform, sys
try:
    about = platform.freedesktop_os_release()
except OSError:
    sys.exit(print("null"))
found, status = {}, pathlib.Path(*sys.argv[1:] or ["/var/lib/dpkg/status"])
for part in (status.read_text() if status.is_file() else "").split("\\n\\n"):
    lines = [line.partition(": ") for line in part.splitlines() if not line.startswith(" ")]
    said = {name: value for name, _, value in lines}
    if said.get("Status", "").split()[-1:] == ["installed"]:
        found[f"{said['Package']}:{said['Architecture']}"] = said["Version"]
release = about.get("VERSION_CODENAME") or about.get("VERSION_ID")
found = dict(sorted(found.items()))
print(json.dumps({"vendor": about["ID"], "release": release, "packages": found}))
"""
"""A program that prints an image's distribution and its packages, as JSON; null where it has none.

A file that is named stands for dpkg's own.
"""


def recipe(environment: Environment) -> Path:
    """Return the Dockerfile of an environment: its own, else the one that all of its kind share."""
    own = environment.folder / "Dockerfile"
    shared = CONTAINERS / ("Dockerfile.image" if environment.image else "Dockerfile")
    return own if own.exists() else shared


def assemble(client: Client, environment: Environment, *, fresh: bool = False) -> ImageRecord:
    """Return the identity of an environment's image, building it unless that was done before.

    `fresh` builds base and image from scratch. Raises `UserError` where a build fails.
    """
    under, base = bases.obtain(client, environment.image, fresh=fresh)
    dockerfile = recipe(environment)
    parts = [base.model_dump(), environment.lock_digest, sha256(dockerfile)]
    inputs = files.digest(parts)[:16]
    built = f"localhost/reprise/{environment.name}:from-{inputs}"
    label = f"label=reprise.inputs={inputs}"
    # What one build removes at its end, another of the same inputs would still need.
    with mutex(on_node(f"build-{client.name}-{inputs}.lock")):
        try:
            if fresh or not client.has(built):
                with wheels.context(environment) as folder:
                    shutil.copy(dockerfile, folder / "Dockerfile")
                    _build(client, folder, built, {"BASE": under, "INPUTS": inputs}, fresh=fresh)
            return _record(client, environment, built, base)
        finally:
            # What has no name now: the first stage, all wheels twice; a rebuilt image's past.
            client.asked("image", "prune", "--force", "--filter", label, timeout=600)


def _build(
    client: Client, folder: Path, name: str, arguments: dict[str, str], *, fresh: bool
) -> None:
    command = client.argv(
        "build", "--network", "none", "--force-rm", "--tag", name,
        *(["--no-cache"] if fresh else []),
        *(f"--build-arg={key}={value}" for key, value in arguments.items()), str(folder),
    )  # fmt: skip
    print(f"{client.name}: building {name}", file=sys.stderr, flush=True)
    if code := _told(command, client, wheels.unpacked(folder / "wheels") / MB / RATE):
        raise UserError(
            f"{client.name} build of {name} ended with exit code {code}; "
            "the step that failed is the last one above"
        )


def _told(command: list[str], client: Client, expected: float) -> int:
    """Carry out a build of some `expected` seconds; pass on its words, show how far it is."""
    step = ""

    def words(seconds: float) -> str:
        return f"{client.name}: building{step}{about(expected - seconds)}"

    start = subprocess.Popen(
        command, env=client.build_environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace",
    )  # fmt: skip
    with start as process, underway(words) as say:
        for line in process.stdout or ():
            if found := STEP.search(line):
                step = f", step {found[1]} of {found[2]}"
            say(line)
    return process.returncode


def digest_of(client: Client, image: str) -> str | None:
    """Return the content digest of an image in a client's store; None where it is not there.

    Read once: the identity that the client gives it can never mean other contents.
    """
    identity = client.id(image)
    if identity is None:
        return None
    remembered = cache("contents") / f"{client.name}-{identity}".replace(":", "-")
    if remembered.exists():
        return remembered.read_text(encoding="utf-8").strip()
    with takes(client.name, f"reading what {image} holds"):
        contents = read_contents(client, image)
    contents.keep()
    files.write_text(remembered, contents.digest)
    return contents.digest


def read_contents(client: Client, image: str) -> Contents:
    """Read what an image holds, from a container of it that never runs."""
    name = f"reprise-contents-{uuid.uuid4().hex[:12]}"
    client.call("create", "--name", name, "--network", "none", image)
    try:
        with subprocess.Popen(client.argv("export", name), stdout=subprocess.PIPE) as export:
            contents = of_tar(cast(BinaryIO, export.stdout))
        if export.returncode:
            raise UserError(f"{client.name} export: exit code {export.returncode} for {image}")
        return contents
    finally:
        client.remove(name)


def _contents(client: Client, image: str) -> Contents:
    """Return what is in an image, with the list of its entries."""
    known = Contents.kept(digest_of(client, image) or "")
    if known is None:  # the list was lost
        known = read_contents(client, image)
        known.keep()
    return known


def _record(client: Client, environment: Environment, built: str, base: Base) -> ImageRecord:
    """Read what is in an image, and name the image after it: equal contents, equal name."""
    contents = _contents(client, built)
    tag = f"localhost/reprise/{environment.name}:{contents.digest[:16]}"
    client.call("tag", built, tag)

    def said(program: str) -> Any:
        shut = ("run", "--rm", "--network", "none", *client.run, "--log-driver", "none")
        return json.loads(client.call(*shut, tag, PYTHON, "-c", program, timeout=600))

    return ImageRecord(
        environment=environment.name,
        engine="docker" if client.name == "docker" else "podman",
        pinned=True,
        tag=tag,
        content_digest=contents.digest,
        entries=len(contents.entries),
        lock_digest=environment.lock_digest,
        base=base,
        system=System(**found) if (found := said(SYSTEM)) else None,
        **said(DESCRIBE),
    )
