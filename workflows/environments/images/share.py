"""Images for nodes that did not build them: an archive that all nodes see, or a registry.

`python -m workflows.environments.images.share --image results/images/cpu.json --to archive`
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Literal

from pydantic import Field

from workflows.common import files
from workflows.common.errors import UserError, command
from workflows.common.models import Model, load_model
from workflows.common.mutex import mutex, on_node
from workflows.common.paths import IMAGES
from workflows.common.sums import sha256
from workflows.common.takes import takes
from workflows.environments import definition as environments
from workflows.environments.clients.available import remembered
from workflows.environments.clients.docker import Client
from workflows.environments.definition import Environment
from workflows.environments.images import checked
from workflows.environments.images.assemble import digest_of, recipe
from workflows.environments.images.contents import of_archive
from workflows.environments.images.record import ImageRecord

ARCHIVE = "archive"
NOT_SHARED = "none"
TIMEOUT = 3600
"""Seconds that saving, loading, pushing or pulling an image may take."""


class Shared(Model):
    """Where a node gets an image from, and what it must turn out to be."""

    schema_version: Literal[1] = 1
    image: ImageRecord
    recipe: str = Field(description="SHA-256 of the Dockerfile that it was built from")
    archive: str | None = Field(
        None, pattern=r"^[\w.-]+$", description="a file of the folder above"
    )
    reference: str | None = Field(None, description="repository@sha256:… of a registry")


def place(environment: str) -> Path:
    """Return where an environment's shared image is described."""
    return IMAGES / "shared" / f"{environment}.json"


def share(client: Client, image: ImageRecord, to: str) -> Shared:
    """Save an image as an archive (`archive`), or push it to the registry address `to`.

    Raises `UserError` where it is not on this node, or what was written is not what was built.
    """
    if digest_of(client, image.tag) != image.content_digest:
        raise UserError(f"image {image.tag}: not what its record says; build it again")
    found = environments.find(image.environment)
    described = {"image": image, "recipe": sha256(recipe(found))}
    if to == ARCHIVE:
        shared = Shared(archive=_save(client, image), **described)
    else:
        shared = Shared(reference=_push(client, image, to), **described)
    files.write_json(place(image.environment), shared.model_dump())
    return shared


def _save(client: Client, image: ImageRecord) -> str:
    path = IMAGES / f"{image.environment}-{image.content_digest[:16]}.tar"
    if not (path.exists() and checked.sum_of(path).exists()):
        with files.atomic(path) as temporary:
            temporary.unlink()  # podman writes to no file that is there
            with takes(client.name, f"saving {image.tag} for other nodes"):
                client.call("save", "--output", str(temporary), image.tag, timeout=TIMEOUT)
            if (held := of_archive(temporary).digest) != image.content_digest:
                raise UserError(f"{client.name} save: contents {held[:16]}… of {image.tag}")
        checked.write(path)
    return path.name


def _push(client: Client, image: ImageRecord, to: str) -> str:
    name = f"{to.rstrip('/')}/{image.environment}:{image.content_digest[:16]}"
    repository = name.rpartition(":")[0]
    client.call("tag", image.tag, name)
    client.call("push", name, timeout=TIMEOUT)
    listed = client.call("image", "inspect", "--format", '{{join .RepoDigests " "}}', name)
    for reference in listed.split():
        if reference.startswith(f"{repository}@sha256:"):
            return reference
    raise UserError(f"{client.name} push {name}: the registry gave no digest")


def bring(client: Client, image: ImageRecord) -> None:
    """Bring a shared image to this node, once, and check what came.

    Raises `UserError` where none is shared, or where it is not what its record says.
    """
    with mutex(on_node(f"image-{client.name}-{image.content_digest[:16]}.lock")):
        if client.has(image.tag):
            return
        shared = _shared(image)
        with takes(client.name, f"bringing {image.tag} to this node"):
            if shared.archive:
                path = IMAGES / shared.archive
                checked.check(path)
                client.call("load", "--input", str(path), timeout=TIMEOUT)
            elif shared.reference:
                client.call("pull", "--quiet", shared.reference, timeout=TIMEOUT)
                client.call("tag", shared.reference, image.tag)
        if digest_of(client, image.tag) != image.content_digest:
            client.asked("rmi", image.tag)
            raise UserError(
                f"image {image.tag}: what was brought has other contents; share it anew"
            )


def _read(environment: str) -> Shared | None:
    """Return how an environment's image is shared; None where it is not."""
    path = place(environment)
    return load_model(Shared, path, "shared image") if path.exists() else None


def _shared(image: ImageRecord) -> Shared:
    """Return how an image is shared; raise `UserError` with the ways to get it, where it is not."""
    shared = _read(image.environment)
    if shared is None or shared.image.content_digest != image.content_digest:
        raise UserError(
            f"engine {image.engine}: image {image.tag} is gone from this node; build it again: "
            f"reprise matrix -- -f results/images/{image.environment}.json, or share it from the "
            f"node that has it: python -m workflows.environments.images.share --image "
            f"results/images/{image.environment}.json --to archive"
        )
    return shared


def archived(environment: Environment) -> tuple[Path, ImageRecord] | None:
    """Return the archive of an environment that was brought here, if this checkout describes it.

    Raises `UserError` where it is damaged. Whether it holds what its record says is for whoever
    unpacks it to show.
    """
    shared = _read(environment.name)
    if shared is None or shared.archive is None:
        return None
    same = shared.image.lock_digest == environment.lock_digest
    if not same or shared.recipe != sha256(recipe(environment)):
        path = place(environment.name)
        print(f"{path}: of another lock or Dockerfile; not used", file=sys.stderr)
        return None
    archive = IMAGES / shared.archive
    checked.check(archive)
    return archive, shared.image


def share_with_others(image: ImageRecord, to: str) -> None:
    """Share an image of any engine; those without a store of their own are shared already."""
    if to == NOT_SHARED:
        return
    if image.engine not in ("docker", "podman"):
        print(f"{image.environment}: {image.engine} needs no sharing: nodes see its files")
        return
    shared = share(remembered(image.engine), image, to)
    print(f"{image.environment}: shared as {shared.archive or shared.reference}")


def main() -> None:
    """Share the image that the command line names."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.environments.images.share", description=__doc__
    )
    parser.add_argument("--image", type=Path, required=True, help="the image record")
    parser.add_argument("--to", required=True, help="archive, or a registry's address")
    args = parser.parse_args()
    share_with_others(ImageRecord.load(args.image), args.to)


if __name__ == "__main__":
    command(main)
