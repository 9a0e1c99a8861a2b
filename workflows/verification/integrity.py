"""Is a publication whole, unaltered, and of a form that is known here?

Everything in it is data from a stranger: names are held against patterns, numbers against types.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from workflows import sums
from workflows.errors import UserError
from workflows.files import fault
from workflows.images.record import ImageRecord
from workflows.matrix import Matrix
from workflows.publication import traces
from workflows.publication.archive import files
from workflows.publication.manifest import NAME, SIGNATURE, VERSION, Manifest
from workflows.publication.traces import Reference
from workflows.records import RunRecord
from workflows.sums import SUMS, sha256
from workflows.verification.limits import check_names, check_record

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Publication:
    """A publication that was found whole and true to itself."""

    folder: Path
    manifest: Manifest
    matrix: Matrix
    records: dict[str, RunRecord]
    signed: str = "not signed"

    def reference(self, path: str) -> Reference:
        """Return the published run of that path, with its trace."""
        record = self.records[path]
        brief = self.manifest.traces == "brief"
        return traces.read(self.folder / traces.name(record, brief=brief), record, brief=brief)


def check_sums(folder: Path) -> None:
    """Hold every file against SHA256SUMS; raise `UserError` naming the first that does not fit."""
    try:
        expected = sums.read((folder / SUMS).read_text(encoding="ascii"))
    except OSError:
        raise UserError(f"{SUMS}: missing: this is no publication, or not all of it") from None
    except UnicodeDecodeError:
        raise UserError(f"{SUMS}: damaged: it is not plain text") from None
    except ValueError as error:
        raise UserError(f"{SUMS}: {error}: altered or damaged") from None
    present = set(files(folder)) - {SUMS, SIGNATURE}
    for name in sorted(expected.keys() - present):
        raise UserError(f"{name}: missing, but {SUMS} names it; get the publication again")
    for name in sorted(present - expected.keys()):
        raise UserError(f"{name}: {SUMS} does not name it: added after it was made")
    for name, digest in sorted(expected.items()):
        if sha256(folder / name) != digest:
            raise UserError(f"{name}: is not what {SUMS} says (SHA-256): altered or damaged")


def load(folder: Path, name: str, parse: Callable[[bytes], Model]) -> Model:
    """Read one JSON file as a model; raise `UserError` naming the key that is wrong."""
    try:
        return parse((folder / name).read_bytes())
    except OSError:
        raise UserError(f"{name}: missing; get the publication again") from None
    except ValidationError as error:
        raise UserError(f"{name}: {fault(error)}: not of the form it must have") from None
    except ValueError as error:
        raise UserError(f"{name}: {error}: altered or damaged") from None


def manifest(folder: Path) -> Manifest:
    """Read what the publication is; raise `UserError` for a form that is newer than this code."""
    try:
        found: Any = json.loads((folder / NAME).read_bytes())
    except OSError:
        raise UserError(f"{NAME}: missing: this is no publication of Reprise") from None
    except (ValueError, RecursionError):
        raise UserError(f"{NAME}: is not JSON: altered or damaged") from None
    version = found.get("schema_version") if isinstance(found, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise UserError(
            f"{NAME}: schema_version = {version}: this Reprise knows up to {VERSION}; update it"
        )
    return load(folder, NAME, Manifest.model_validate_json)


def records(folder: Path) -> dict[str, RunRecord]:
    """Read all records; raise `UserError` for one that is not where its own names say."""
    found = {}
    for name in files(folder):
        if not name.startswith("runs/"):
            continue
        record = load(folder, name, RunRecord.parse)
        check_record(name, record)
        if f"runs/{record.run.path}.json" != name:
            raise UserError(f"{name}: is the record of another run, {record.run.path!r}")
        found[record.run.path] = record
    return found


def check_images(folder: Path, matrix: Matrix) -> None:
    """Hold image records and locks against the matrix."""
    for name, image in matrix.images.items():
        check_names("matrix.json: images", name)
        if load(folder, f"images/{name}.json", ImageRecord.model_validate_json) != image:
            raise UserError(f"images/{name}.json: is not the image that the matrix names")
        lock = folder / "locks" / f"{name}.lock"
        if image.lock_digest and (not lock.is_file() or sha256(lock) != image.lock_digest):
            raise UserError(f"locks/{name}.lock: missing, or not the lock of that image")


def check(folder: Path, signed: str) -> Publication:
    """Check the form of an unpacked publication whose sums fit; return what is in it."""
    known = manifest(folder)
    matrix = load(folder, "matrix.json", Matrix.model_validate_json)
    publication = Publication(folder, known, matrix, records(folder), signed)
    check_images(folder, matrix)
    for path, record in publication.records.items():
        trace = traces.name(record, brief=known.traces == "brief")
        if known.traces == "whole" and (
            not (folder / trace).is_file() or sha256(folder / trace) != record.trace.sha256
        ):
            raise UserError(f"{trace}: missing, or is not the trace of {path}")
    return publication
