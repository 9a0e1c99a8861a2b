"""The pinned base under every image: from a registry by digest, else a bootstrapped Debian."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workflows import files
from workflows.errors import UserError
from workflows.images.record import Base
from workflows.places import CONTAINERS, ROOT, cache
from workflows.sums import sha256

if TYPE_CHECKING:
    from workflows.engines.client import Client

DECLARATION = CONTAINERS / "base" / "base.yaml"


class Registry(BaseModel):
    """An image that a registry holds under a digest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reference: str = Field(pattern=r"^[a-z0-9./_-]+:[\w.-]+$", description="repository:tag")
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")

    @property
    def pinned(self) -> str:
        """The address that can only mean one image."""
        return f"{self.reference.partition(':')[0]}@{self.digest}"


class Bootstrap(BaseModel):
    """A Debian root file system made on this host from its packages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    suite: str
    variant: str
    packages: list[str]
    epoch: int = Field(description="time stamp of every file, in seconds since 1970")

    @property
    def reference(self) -> str:
        """What was asked for, in words."""
        packages = ", ".join(self.packages)
        return f"Debian {self.suite}, {self.variant} with {packages}, epoch {self.epoch}"


class Declaration(BaseModel):
    """What `containers/base/base.yaml` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    python: str = Field(pattern=r"^3\.\d+$", description="the version that all locks are for")
    registry: Registry
    bootstrap: Bootstrap


def declaration(path: Path = DECLARATION) -> Declaration:
    """Read the base's declaration; raise `UserError` naming the key that is wrong."""
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    try:
        return Declaration.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise UserError(f"{shown}: {where}: {first['msg']}, not {first['input']!r}") from None
    except (OSError, yaml.YAMLError) as error:
        raise UserError(f"{shown}: {' '.join(str(error).split())}") from None


def obtain(client: Client, *, fresh: bool = False) -> tuple[str, Base]:
    """Return an image name to build from, and its identity; raise `UserError` if there is none.

    `fresh` makes the bootstrapped file system again instead of taking it from the cache.
    """
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
            client.call("import", str(rootfs), name, timeout=600)
        return name, Base(kind="bootstrap", reference=bootstrap.reference, digest=digest)
    return registry.pinned, Base(
        kind="registry", reference=registry.reference, digest=registry.digest
    )


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
        done = subprocess.run(
            arguments,
            env=environment,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
            raise UserError(f"mmdebstrap ended with {done.returncode}: {said}")
    return path
