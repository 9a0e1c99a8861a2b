"""Is a publication whole, unaltered, and of a form that is known here?

Everything in it is data from a stranger: names are held against patterns, numbers against types.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workflows.common import sums
from workflows.common.errors import UserError
from workflows.common.sums import SUMS, sha256
from workflows.experiment.check import check_noise
from workflows.experiment.model import patterns
from workflows.experiment.planned import Planned
from workflows.experiment.specification import Combination
from workflows.matrix.cells import Cell
from workflows.matrix.model import Matrix
from workflows.publication import code, traces
from workflows.publication.archive import files
from workflows.publication.check.account import Account
from workflows.publication.check.form import load, plain
from workflows.publication.check.limits import check_names, check_record
from workflows.publication.check.names import check_files, check_traces
from workflows.publication.check.software import check_images
from workflows.publication.manifest import NAME, SIGNATURE, VERSION, Manifest
from workflows.publication.traces import Reference
from workflows.runs.record import RunRecord


@dataclass(frozen=True)
class Publication:
    """A publication of the form that it must have.

    `account`: what else was checked of it; None until that is done.
    """

    folder: Path
    manifest: Manifest
    matrix: Matrix
    planned: Planned
    experiment: Any
    records: dict[str, RunRecord]
    signed: str = "not signed"
    account: Account | None = None

    @property
    def meanings(self) -> Mapping[str, list[str]]:
        """By a cell's folder: why its name is not vouched for."""
        return self.account.meanings if self.account else {}

    @property
    def same_code(self) -> bool:
        """Whether it says that the code of this very checkout made it."""
        return self.manifest.code == code.digest_of()

    def trace(self, record: RunRecord) -> str:
        """Return the name of a record's trace."""
        return traces.name(record, brief=self.manifest.traces == "brief")

    def reference(self, path: str) -> Reference:
        """Return the published run of that path, with its trace."""
        record = self.records[path]
        brief = self.manifest.traces == "brief"
        found = traces.read(self.folder / self.trace(record), record, brief=brief)
        run = replace(found.run, noise=patterns(self.planned.experiment))
        return replace(found, run=run)


def check_sums(folder: Path) -> int:
    """Hold every file against SHA256SUMS; return how many there are.

    Raises `UserError` naming the first that does not fit.
    """
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
    return len(expected)


def manifest(folder: Path) -> Manifest:
    """Read what the publication is; raise `UserError` for a form that is newer than this code."""
    if not (folder / NAME).is_file():
        raise UserError(f"{NAME}: missing: this is no publication of Reprise")
    found = plain(folder, NAME)
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


def check_publication(folder: Path, signed: str) -> Publication:
    """Check the form of an unpacked publication whose sums fit; return what is in it."""
    known = manifest(folder)
    matrix = load(folder, "matrix.json", Matrix.model_validate_json)
    planned = load(folder, "plan.json", Planned.model_validate_json)
    check_noise(planned.experiment.noise or {})
    for cell in matrix.cells:
        check_cell(cell, matrix)
    check_images(folder, matrix)
    check_files(folder, known, matrix, planned)
    publication = Publication(
        folder, known, matrix, planned, plain(folder, "experiment.json"), records(folder), signed
    )
    check_traces(folder, {publication.trace(record) for record in publication.records.values()})
    for path, record in publication.records.items():
        trace = publication.trace(record)
        if known.traces == "whole" and (
            not (folder / trace).is_file() or sha256(folder / trace) != record.trace.sha256
        ):
            raise UserError(f"{trace}: missing, or is not the trace of {path}")
    return publication


def check_cell(cell: Cell, matrix: Matrix) -> None:
    """Refuse a cell with strange names, or with records that are not its own."""
    said = f"matrix.json: {cell.folder}"
    check_names("matrix.json", *(getattr(cell, name) for name in Combination.model_fields))
    if cell.environment not in matrix.images:
        raise UserError(f"{said}: the matrix has no image of {cell.environment}")
    if not cell.records or len(set(cell.records)) != len(cell.records):
        raise UserError(f"{said}: names no record, or one twice")
    own = rf"runs/{re.escape(cell.folder)}/[0-9]+\.json"
    for path in cell.records:
        if not re.fullmatch(own, path):
            raise UserError(f"{said}: names {path!r}, which is not a record of its own")
