"""Environments and data of a publication: image records against their locks, data as known here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workflows.common.errors import UserError
from workflows.common.sums import sha256
from workflows.data.canonical import size
from workflows.data.digests import BASE, CIFAR10
from workflows.data.own import Manifest as OwnManifest
from workflows.environments.definition import named_image, parse_lock
from workflows.environments.images.record import Base, ImageRecord
from workflows.environments.kinds import pins
from workflows.experiment.model import Experiment, own_data
from workflows.experiment.reads import MANIFESTS
from workflows.matrix.model import Matrix
from workflows.publication.check.fields import first_unequal
from workflows.publication.check.form import load, plain
from workflows.publication.check.limits import check_names
from workflows.runs.record import RunRecord

ADDED = {"pip", "setuptools", "wheel"}
"""Distributions that an environment may have without its lock naming them."""


def check_images(folder: Path, matrix: Matrix) -> None:
    """Hold image records against the matrix, and against their locks."""
    for name, image in matrix.images.items():
        check_names("matrix.json: images", name)
        said = load(folder, f"images/{name}.json", ImageRecord.model_validate_json)
        found = first_unequal(said.model_dump(), image.model_dump())
        if found or image.environment != name:
            line = found.line(f"images/{name}.json", "matrix.json says") if found else ""
            raise UserError(line or f"images/{name}.json: environment: is not {name}")
        if image.engine != matrix.engine:
            text = f"engine: {matrix.engine}, images/{name}.json says {image.engine}"
            raise UserError(f"matrix.json: {text}")
        if image.pinned != pins(image.engine) or image.pinned != bool(image.lock_digest):
            raise UserError(f"images/{name}.json: pinned: not as its engine has it; refused")
        if image.lock_digest:
            _check_lock(folder / "locks" / f"{name}.lock", name, image)


def _check_lock(lock: Path, name: str, image: ImageRecord) -> None:
    if not lock.is_file() or sha256(lock) != image.lock_digest:
        raise UserError(f"locks/{name}.lock: missing, or not the lock of that image")
    text = lock.read_text(encoding="utf-8", errors="replace")
    pins = parse_lock(text, Path(f"locks/{name}.lock"))
    if under := named_image(text):
        if image.base != Base(kind="registry", reference=under.repository, digest=under.digest):
            raise UserError(f"images/{name}.json: base: is not the image that its lock names")
        return  # what it holds is known by its digest alone
    locked = {re.sub("[-_.]+", "-", pin.name).lower(): pin.version for pin in pins}
    said = {n: v for n, v in image.packages.items() if n in locked or n not in ADDED}
    if found := first_unequal(said, locked):
        raise UserError(found.line(f"images/{name}.json: packages", "its lock says"))


def check_data(folder: Path, experiment: Experiment, records: Mapping[str, RunRecord]) -> list[str]:
    """Hold data manifests against the data sets known here; return those of which none is known.

    That of data of one's own has the digest that the experiment names, and is what its runs read;
    the data themselves are only claimed.
    """
    unknown = []
    for path in sorted((folder / "data").glob("*.json")):
        name = f"data/{path.name}"
        if own := own_data(experiment, path.stem):
            said = load(folder, name, OwnManifest.model_validate_json)
            if (said.dataset, said.sha256) != (path.stem, own.sha256):
                raise UserError(f"{name}: sha256: is {said.sha256}, plan.json says {own.sha256}")
            _check_read(f"{MANIFESTS}{path.name}", sha256(path), records)
        if path.stem != CIFAR10.name:
            unknown.append(name)
            continue
        if found := first_unequal(plain(folder, name), _manifest()):
            raise UserError(found.line(name, "the data set has"))
    return unknown


def _check_read(name: str, manifest: str, records: Mapping[str, RunRecord]) -> None:
    for path, record in records.items():
        if (read := (record.read or {}).get(name, manifest)) != manifest:
            raise UserError(f"runs/{path}.json: read: {name}: is {read}, not that of {name[8:]}")


def _manifest() -> dict[str, Any]:
    """Return the manifest of CIFAR-10, as `workflows.data.canonical` writes it of its files."""
    return {
        "schema_version": 1,
        "dataset": CIFAR10.name,
        "content": dict(CIFAR10.content),
        "files": {
            f"{BASE}/{name}": {"sha256": digest, "size": size(name)}
            for name, digest in CIFAR10.files.items()
        },
    }
