"""The image record: what an environment really is, whichever engine holds it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from workflows.common.files import write_json
from workflows.common.models import Model, load_model
from workflows.environments import kinds


class Base(Model):
    """What lies under an environment's wheels."""

    kind: Literal["registry", "bootstrap", "interpreter"] = Field(
        description="a registry image by digest, a bootstrapped Debian, or the host's interpreter"
    )
    reference: str = Field(description="the registry reference, suite and epoch, or Python version")
    digest: str | None = Field(description="the registry's or the root file system's SHA-256")


class System(Model):
    """The distribution that an image holds beside its wheels."""

    vendor: str = Field(description="`ID` of /etc/os-release: debian")
    release: str | None = Field(description="its code name, else its version")
    packages: dict[str, str] = Field(
        description="installed packages, `name:architecture`, and versions, as dpkg has them"
    )


class ImageRecord(Model):
    """Identity of one built environment. Holds no time and no path, so equal builds are equal."""

    schema_version: Literal[1] = 1
    environment: str
    engine: kinds.Engine
    pinned: bool = Field(description="False where the engine takes what it finds (host)")
    tag: str = Field(description="the name by which the engine finds it again")
    content_digest: str = Field(
        description="SHA-256 over names, modes, types and hashes of all contents; not times"
    )
    entries: int = Field(description="number of files, folders and links under that digest")
    lock_digest: str | None = Field(description="SHA-256 of the hash lock it was built from")
    base: Base
    python: str
    packages: dict[str, str] = Field(description="installed distributions and their versions")
    system: System | None = Field(
        None, description="None: no image, or one that was built before this was asked"
    )

    def save(self, path: Path) -> None:
        """Write the record atomically."""
        write_json(path, self.model_dump())

    @classmethod
    def load(cls, path: Path) -> ImageRecord:
        """Read a record; raise `UserError` when it is missing or not one."""
        return load_model(cls, path, "image record")
