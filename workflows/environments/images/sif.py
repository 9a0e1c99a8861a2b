"""From an image to Apptainer's `.sif`: the same contents, shown entry by entry."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from workflows.common import files
from workflows.common.errors import UserError
from workflows.common.paths import IMAGES, cache
from workflows.environments import user
from workflows.environments.clients.apptainer import call
from workflows.environments.clients.available import working
from workflows.environments.clients.docker import Client
from workflows.environments.definition import Environment
from workflows.environments.images import checked
from workflows.environments.images.assemble import assemble
from workflows.environments.images.contents import (
    INJECTED,
    Contents,
    differences,
    of_archive,
    of_folder,
)
from workflows.environments.images.record import ImageRecord
from workflows.environments.images.share import TIMEOUT, archived

# What Apptainer adds to every image.
OWN = frozenset(
    {".singularity.d", ".exec", ".run", ".shell", ".test", "environment", "singularity"}
)
# Quick to write and readable everywhere; the default level takes three times as long.
_SQUASH = ("--mksquashfs-args", "-comp gzip -Xcompression-level 1")
_SPECIAL_BITS = re.compile(r"^(file|folder) [0-7](?=[0-7]{3})")


def build(environment: Environment, *, fresh: bool = False) -> ImageRecord:
    """Make the `.sif` of an environment's image in `results/images`, unless it is there.

    The image comes from an archive that was brought here, else from Docker or Podman on this
    machine. Raises `UserError` where neither is there, or where the `.sif` holds anything else
    than the image.
    """
    brought = None if fresh else archived(environment)
    if brought is None:
        client = working(environment.name)
        image = assemble(client, environment, fresh=fresh)
        fetch = partial(_save, client, image)
    else:
        image = brought[1]
        # A copy: for root it is lent to another user.
        fetch = partial(shutil.copyfile, brought[0])
    tag = f"{environment.name}-{image.content_digest[:16]}.sif"
    kept = cache("sif") / tag
    if fresh or not (kept.exists() and checked.sum_of(kept).exists()):
        print(f"apptainer: making {tag}", file=sys.stderr, flush=True)
        _make(fetch, image, kept)
    checked.check(kept)
    for path in (kept, checked.sum_of(kept)):
        _link(path, IMAGES / path.name)
    return image.model_copy(update={"engine": "apptainer", "tag": tag})


def _save(client: Client, image: ImageRecord, target: Path) -> None:
    """Write an image of a client's store as an archive."""
    client.call("save", "--output", str(target), image.tag, timeout=TIMEOUT)


def _make(fetch: Callable[[Path], object], image: ImageRecord, kept: Path) -> None:
    """Write the `.sif` and its checksum, after reading back all that is in it.

    `fetch` writes the image's archive to the path it is given.
    """
    with tempfile.TemporaryDirectory(dir=_scratch(), prefix="sif-") as name:
        work = Path(name)
        # Its name is ours: Apptainer reads a colon in it as a tag.
        source, made, box = work / "image.tar", work / "image.sif", work / "box"
        fetch(source)
        user.lend(work)
        build = ("build", "--disable-cache")
        call(*build, *_SQUASH, str(made), f"docker-archive:{source}", work=work, timeout=TIMEOUT)
        call(*build, "--sandbox", str(box), str(made), work=work, timeout=TIMEOUT)
        wanted = Contents.kept(image.content_digest) or of_archive(source)
        if wanted.digest != image.content_digest:
            raise UserError(f"archive of {image.tag}: holds {wanted.digest[:16]}…")
        if unequal := differences(_plain(wanted), _plain(of_folder(box, INJECTED | OWN))):
            raise UserError(f"apptainer build: other contents than the image's: {unequal[0]}")
        user.take_back(work)
        made.chmod(0o755)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, kept)
        checked.write(kept)


def _plain(contents: Contents) -> Contents:
    """Leave out set-user-id and its like: unpacking as an ordinary user drops them.

    In a container without new privileges they mean nothing.
    """
    return Contents({p: _SPECIAL_BITS.sub(r"\1 0", text) for p, text in contents.entries.items()})


def _scratch() -> Path:
    """Return where to work: for root, who works as somebody else, where everybody may."""
    if not os.getuid():
        return Path(tempfile.gettempdir())
    cache("sif").mkdir(parents=True, exist_ok=True)
    return cache("sif")


def _link(path: Path, target: Path) -> None:
    """Put a file of the cache into the results: the same file where the disk allows it."""
    with files.atomic(target) as temporary:
        temporary.unlink()
        try:
            os.link(path, temporary)
        except OSError:
            shutil.copy2(path, temporary)
