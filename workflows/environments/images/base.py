"""The pinned base under every image: from a registry by digest, else a bootstrapped Debian."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from workflows.common import files, program
from workflows.common.errors import UserError
from workflows.common.paths import cache
from workflows.common.sums import sha256
from workflows.common.takes import takes
from workflows.environments.clients.docker import Client
from workflows.environments.definition import Bootstrap, Image, Registry, declaration
from workflows.environments.images.record import Base


def obtain(client: Client, image: Image | None = None, *, fresh: bool = False) -> tuple[str, Base]:
    """Return an image name to build from, and its identity; raise `UserError` if there is none.

    `image` is taken in place of the common base. `fresh` makes the bootstrapped file system again
    instead of taking it from the cache.
    """
    if image:
        _pull(client, image)
        base = Base(kind="registry", reference=image.repository, digest=image.digest)
        return str(image), base
    declared = declaration()
    registry, bootstrap = declared.registry, declared.bootstrap
    if problem := _missing(client, registry):
        try:
            rootfs = bootstrapped(bootstrap, fresh=fresh)
        except UserError as error:
            raise UserError(f"no base image: {problem}; and {error}") from None
        digest = sha256(rootfs)
        name = f"localhost/reprise/base:{digest[:16]}"
        if not client.has(name):
            with takes(client.name, "loading the base from the cache"):
                client.call("import", str(rootfs), name, timeout=600)
        return name, Base(kind="bootstrap", reference=bootstrap.reference, digest=digest)
    return registry.pinned, Base(
        kind="registry", reference=registry.reference, digest=registry.digest
    )


def _pull(client: Client, image: Image) -> None:
    """Pull an image unless it is here."""
    if client.has(str(image)):
        return
    with takes(client.name, f"pulling {image}"):
        try:
            client.call("pull", "--quiet", str(image), timeout=3600)
        except UserError as error:
            raise UserError(
                f"image {image}: {error}; expected one that {client.name} can pull; of a private "
                f"registry: {client.name} login"
            ) from None


def _missing(client: Client, registry: Registry) -> str | None:
    """Pull the registry's image unless it is here; return why that failed, or None."""
    if client.has(registry.pinned):
        return None
    print(f"base: asking the registry for {registry.reference} by digest", file=sys.stderr)
    try:
        client.call("pull", "--quiet", registry.pinned, timeout=1800)
    except UserError as error:
        print(f"base: no registry ({error}); taking a bootstrapped Debian", file=sys.stderr)
        return str(error)
    return None


def bootstrapped(asked: Bootstrap, *, fresh: bool = False) -> Path:
    """Return the tar of a bootstrapped root file system; raise `UserError` if it cannot be made."""
    path = cache("base") / f"{asked.suite}-{files.digest(asked.model_dump())[:16]}.tar"
    if path.exists() and not fresh:
        return path
    if not shutil.which("mmdebstrap"):
        raise UserError(
            "mmdebstrap is not installed to bootstrap one: apt-get install mmdebstrap, "
            "or choose engine: venv"
        )
    arguments = [
        "mmdebstrap", "--quiet", "--format=tar", f"--variant={asked.variant}",
        f"--include={','.join(asked.packages)}",
        # Copied from this host while it works; they are no part of a base.
        '--customize-hook=rm -f "$1/etc/hostname" "$1/etc/resolv.conf"',
        asked.suite, "-",
    ]  # fmt: skip
    print(f"base: bootstrapping {asked.reference}", file=sys.stderr)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(asked.epoch)}
    with files.atomic(path) as temporary, temporary.open("wb") as output:
        program.output(arguments, env=environment, stdout=output)
    return path
