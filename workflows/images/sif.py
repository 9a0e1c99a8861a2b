"""From an image to Apptainer's `.sif`: the same contents, shown entry by entry."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from workflows import files
from workflows.engines.confined import hand_over
from workflows.environments import Environment
from workflows.errors import UserError
from workflows.images import share, sums
from workflows.images.assemble import assemble
from workflows.images.contents import INJECTED, Contents, differences, of_archive, of_folder
from workflows.images.record import ImageRecord
from workflows.places import IMAGES, cache

if TYPE_CHECKING:
    from workflows.engines.client import Client

# What Apptainer adds to every image.
OWN = frozenset(
    {".singularity.d", ".exec", ".run", ".shell", ".test", "environment", "singularity"}
)
# Quick to write and readable everywhere; the default level takes three times as long.
_SQUASH = ("--mksquashfs-args", "-comp gzip -Xcompression-level 1")
_SPECIAL_BITS = re.compile(r"^(file|folder) [0-7](?=[0-7]{3})")


def build(environment: Environment, words: list[str], *, fresh: bool = False) -> ImageRecord:
    """Make the `.sif` of an environment's image in `results/images`, unless it is there.

    `words` go before `apptainer`. The image comes from an archive that was brought here, else from
    Docker or Podman on this machine. Raises `UserError` where neither is there, or where the
    `.sif` holds anything else than the image.
    """
    brought = None if fresh else share.archived(environment)
    if brought is None:
        from workflows.engines.container import working  # late: engines know what is built here

        client = working(environment.name)
        image = assemble(client, environment, fresh=fresh)
    else:
        image = brought[1]
    tag = f"{environment.name}-{image.content_digest[:16]}.sif"
    kept = cache("sif") / tag
    if fresh or not (kept.exists() and sums.sum_of(kept).exists()):
        print(f"apptainer: making {tag}", file=sys.stderr, flush=True)
        with _saved(client, image) if brought is None else nullcontext(brought[0]) as archive:
            _make(archive, image, kept, words)
    sums.check(kept)
    for path in (kept, sums.sum_of(kept)):
        _link(path, IMAGES / path.name)
    return image.model_copy(update={"engine": "apptainer", "tag": tag})


@contextmanager
def _saved(client: Client, image: ImageRecord) -> Iterator[Path]:
    """Give an archive of an image in a client's store, for as long as it is needed."""
    with tempfile.TemporaryDirectory(dir=_scratch(), prefix="archive-") as name:
        archive = Path(name) / "image.tar"
        client.call("save", "--output", str(archive), image.tag, timeout=share.TIMEOUT)
        yield archive


def _make(archive: Path, image: ImageRecord, kept: Path, words: list[str]) -> None:
    """Write the `.sif` and its checksum, after reading back all that is in it."""
    with tempfile.TemporaryDirectory(dir=_scratch(), prefix="sif-") as name:
        work = Path(name)
        # Its name is ours: Apptainer reads a colon in it as a tag.
        source, made, box = work / "image.tar", work / "image.sif", work / "box"
        _link(archive, source)
        if not os.getuid():
            user = pwd.getpwnam("nobody")
            hand_over(work, user.pw_uid, user.pw_gid)
        command = [*words, "apptainer", "build", "--disable-cache"]
        _run([*command, *_SQUASH, str(made), f"docker-archive:{source}"], work)
        _run([*command, "--sandbox", str(box), str(made)], work)
        wanted = Contents.kept(image.content_digest) or of_archive(archive)
        if wanted.digest != image.content_digest:
            raise UserError(f"{archive}: holds {wanted.digest[:16]}…, not {image.tag}")
        if unequal := differences(_plain(wanted), _plain(of_folder(box, INJECTED | OWN))):
            raise UserError(f"apptainer build: other contents than the image's: {unequal[0]}")
        if not os.getuid():
            hand_over(work, os.getuid())
        made.chmod(0o755)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, kept)
        sums.write(kept)


def _plain(contents: Contents) -> Contents:
    """Leave out set-user-id and its like: unpacking as an ordinary user drops them.

    In a container without new privileges they mean nothing.
    """
    return Contents({p: _SPECIAL_BITS.sub(r"\1 0", text) for p, text in contents.entries.items()})


def _run(arguments: list[str], folder: Path) -> None:
    """Carry out one step of the making, with its temporary files in `folder`."""
    environment = {**os.environ, "HOME": str(folder)}
    environment.setdefault("APPTAINER_TMPDIR", str(folder))
    done = subprocess.run(
        arguments, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        said = (done.stdout.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise UserError(f"apptainer build: {said}")


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
