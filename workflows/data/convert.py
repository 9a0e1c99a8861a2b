"""Read images and labels out of what a source brought; nothing is unpickled unverified."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import tarfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workflows.common.errors import UserError
from workflows.data.digests import BATCHES, TEST, TRAIN, Identity

PNG_LABELS = {"train_lables.json": TRAIN, "test_lables.json": TEST}  # the package's own spelling
PNG_FILES = (*(f"{name}.png" for name in BATCHES), *PNG_LABELS)


@dataclass(frozen=True)
class Batch:
    """One of the six files: `pixels` uint8 (rows, 3 x height x width), planes R, G, B in turn.

    `labels` is uint8 (rows,), the class of each row.
    """

    name: str
    pixels: NDArray[np.uint8]
    labels: NDArray[np.uint8]


def unpack(archive: Path, wanted: Collection[str], folder: Path) -> None:
    """Copy the members named in `wanted` from a verified gzipped tar into `folder`, flat.

    Members are chosen by exact name and only their bytes are copied: no path, link, mode or
    owner from the archive reaches the disk. Raises `UserError` where one is missing or no file.
    """
    missing = set(wanted)
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            if member.name not in missing:
                continue
            content = tar.extractfile(member) if member.isreg() else None
            if content is None:
                raise UserError(f"{archive.name}: {member.name} is no plain file; refused")
            with content, (folder / PurePosixPath(member.name).name).open("wb") as target:
                shutil.copyfileobj(content, target)
            missing.remove(member.name)
    if missing:
        raise UserError(f"{archive.name}: it lacks {', '.join(sorted(missing))}")


def from_pickles(folder: Path, identity: Identity) -> Iterator[Batch]:
    """Read the six pickles in `folder`: the official ones, or Reprise's own.

    Each file is read once, its digest checked, and only then are those same bytes unpickled.
    Raises `UserError` for a missing or unknown file, before it is unpickled.
    """
    for name in BATCHES:
        path = folder / name
        try:
            data = path.read_bytes()
        except OSError as error:
            raise UserError(f"{path}: {error.strerror}; expected CIFAR-10's {name}") from None
        actual = hashlib.sha256(data).hexdigest()
        if actual not in (identity.official_files[name], identity.files.get(name)):
            raise UserError(
                f"{path}: sha256 {actual}, expected {identity.official_files[name]}; not read, "
                "for an unknown pickle can run any code; name an unchanged copy"
            )
        entry = pickle.loads(data, encoding="latin1")  # noqa: S301 - verified above
        yield Batch(name, entry["data"], np.array(entry["labels"], dtype=np.uint8))


def from_pngs(folder: Path) -> Iterator[Batch]:
    """Read the npm package's files in `folder`: six PNGs and two lists of labels.

    A PNG is RGB and holds one image per row, its pixels in row-major order; one batch is decoded
    at a time. Source of the layout: measured against the original pickles, see `identity`.
    """
    for file, names in PNG_LABELS.items():
        labels = np.array(json.loads((folder / file).read_bytes()), dtype=np.uint8)
        for name, part in zip(names, np.split(labels, len(names)), strict=True):
            with Image.open(folder / f"{name}.png") as image:
                rows = np.asarray(image.convert("RGB"))  # (images, pixels of an image, 3)
            planes = np.ascontiguousarray(rows.transpose(0, 2, 1))  # (images, 3, pixels)
            yield Batch(name, planes.reshape(len(rows), -1), part)
