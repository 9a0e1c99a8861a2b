"""A container client on this host: `docker` or `podman`, called and listened to."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, cast

from workflows.engines import program
from workflows.errors import UserError
from workflows.images.contents import Contents, of_tar

_REMOVE = ("rm", "--force", "--volumes")


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

    def contents(self, image: str) -> Contents:
        """Read what an image holds, from a container of it that never runs."""
        name = f"reprise-contents-{uuid.uuid4().hex[:12]}"
        self.call("create", "--name", name, "--network", "none", image)
        try:
            with subprocess.Popen(self.argv("export", name), stdout=subprocess.PIPE) as export:
                contents = of_tar(cast(BinaryIO, export.stdout))
            if export.returncode:
                raise UserError(f"{self.name} export: exit code {export.returncode} for {image}")
            return contents
        finally:
            self.remove(name)

    @cached_property
    def build_environment(self) -> dict[str, str]:
        """The environment of a build: BuildKit where it is there, else Docker's classic builder."""
        if self.name != "docker" or self.asked("buildx", "version") is not None:
            return dict(os.environ)
        return {**os.environ, "DOCKER_BUILDKIT": "0"}
