"""Is a publication whole, unaltered, of a form that is known here, and true to its own records?

Everything in it is data from a stranger: names are held against patterns, numbers against types,
the matrix against the records that it names.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from workflows.errors import UserError
from workflows.files import sha256
from workflows.images.record import ImageRecord
from workflows.matrix import Matrix
from workflows.publication import traces
from workflows.publication.archive import files
from workflows.publication.manifest import NAME, SIGNATURE, SUMS, VERSION, Manifest
from workflows.publication.traces import Reference
from workflows.records import RunRecord
from workflows.specification import RunSpecification

Model = TypeVar("Model", bound=BaseModel)

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_LINE = re.compile(r"(?P<sum>[0-9a-f]{64})  (?P<name>\S+)")

THREADS, STEPS = 256, 10**8
"""More of them no run is asked for."""

# A run's surroundings come from the publication, too: only what cannot lead elsewhere.
VARIABLES = {
    "ATEN_CPU_CAPABILITY", "CUBLAS_WORKSPACE_CONFIG", "LANG", "LC_ALL", "MKL_CBWR",
    "MKL_ENABLE_INSTRUCTIONS", "MKL_NUM_THREADS", "NVIDIA_TF32_OVERRIDE", "OMP_NUM_THREADS",
    "ONEDNN_MAX_CPU_ISA", "OPENBLAS_NUM_THREADS", "PYTHONCOERCECLOCALE", "PYTHONHASHSEED",
    "PYTHONUTF8", "TZ",
}  # fmt: skip


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
        return traces.read(self.folder / traces.name(record, brief=brief), record)


def check_sums(folder: Path) -> None:
    """Hold every file against SHA256SUMS; raise `UserError` naming the first that does not fit."""
    try:
        lines = (folder / SUMS).read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        raise UserError(f"{SUMS}: missing: this is no publication, or not all of it") from None
    except UnicodeDecodeError:
        raise UserError(f"{SUMS}: damaged: it is not plain text") from None
    expected = {}
    for line in lines:
        found = _LINE.fullmatch(line)
        if not found:
            raise UserError(f"{SUMS}: {line[:80]!r} is not a sum and a name: altered or damaged")
        expected[found["name"]] = found["sum"]
    present = set(files(folder)) - {SUMS, SIGNATURE}
    for name in sorted(expected.keys() - present):
        raise UserError(f"{name}: missing, but {SUMS} names it; get the publication again")
    for name in sorted(present - expected.keys()):
        raise UserError(f"{name}: {SUMS} does not name it: added after it was made")
    for name, digest in sorted(expected.items()):
        if sha256(folder / name) != digest:
            raise UserError(f"{name}: is not what {SUMS} says (SHA-256): altered or damaged")


def load(folder: Path, name: str, model: type[Model]) -> Model:
    """Read one JSON file as a model; raise `UserError` naming the key that is wrong."""
    try:
        return model.model_validate_json((folder / name).read_bytes())
    except FileNotFoundError:
        raise UserError(f"{name}: missing; get the publication again") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "file"
        raise UserError(f"{name}: {key}: {first['msg']}: not of the form it must have") from None


def manifest(folder: Path) -> Manifest:
    """Read what the publication is; raise `UserError` for a form that is newer than this code."""
    try:
        found: Any = json.loads((folder / NAME).read_bytes())
    except FileNotFoundError:
        raise UserError(f"{NAME}: missing: this is no publication of Reprise") from None
    except (ValueError, RecursionError):
        raise UserError(f"{NAME}: is not JSON: altered or damaged") from None
    version = found.get("schema_version") if isinstance(found, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise UserError(
            f"{NAME}: schema_version = {version}: this Reprise knows up to {VERSION}; update it"
        )
    return load(folder, NAME, Manifest)


def records(folder: Path) -> dict[str, RunRecord]:
    """Read all records; raise `UserError` for one that is not where its own names say."""
    found = {}
    for name in files(folder):
        if not name.startswith("runs/"):
            continue
        record = load(folder, name, RunRecord)
        check_asked(name, record.run)
        if f"runs/{record.run.path}.json" != name:
            raise UserError(f"{name}: is the record of another run, {record.run.path!r}")
        found[record.run.path] = record
    return found


def check_asked(name: str, run: RunSpecification) -> None:
    """Refuse names that are not plain, and surroundings that could lead a run elsewhere."""
    words = [run.environment, run.device, run.benchmark, run.configuration, run.variation]
    emulated = [run.conditions.cpu] if run.conditions.cpu else []
    for word in [*words, *run.settings, *run.options, *emulated]:
        if not PLAIN.fullmatch(word):
            raise UserError(f"{name}: {word!r} is not a plain name; refused")
    for key, value, most in (
        ("threads", run.threads, THREADS), ("steps", run.steps, STEPS), ("dense", len(run.dense), 0)
    ):  # fmt: skip
        if not 0 <= value <= most:
            raise UserError(f"{name}: {key} = {value}: expected at most {most}; refused")
    strange = sorted(set(run.conditions.variables) - VARIABLES)
    if strange:
        raise UserError(
            f"{name}: conditions.variables.{strange[0]}: not one that a run may be given"
        )


def check_matrix(publication: Publication) -> None:
    """Hold the matrix against the records that came with it; raise `UserError` where it is untrue.

    Equal letters must stand for equal outcomes and, where all was published, different ones for
    different outcomes, and `identical` for repeats that are.
    """
    whole = publication.manifest.traces == "whole"
    letters: dict[tuple[str, str], str] = {}
    outcomes: dict[tuple[str, str], str] = {}
    for cell in publication.matrix.cells:
        named = [path.removeprefix("runs/").removesuffix(".json") for path in cell.records]
        if whole and (absent := [path for path in named if path not in publication.records]):
            raise UserError(f"matrix.json: {absent[0]}: its record is not in the publication")
        completed = [
            publication.reference(path).run.digest
            for path in named
            if path in publication.records and publication.records[path].status == "completed"
        ]
        said = f"matrix.json: {cell.folder}"
        if whole and len(completed) != len(cell.classes):
            raise UserError(f"{said}: its repeats are not those of its records")
        for letter, outcome in zip(cell.classes, completed, strict=False):
            if outcomes.setdefault((cell.benchmark, letter), outcome) != outcome:
                raise UserError(f"{said}: letter {letter} stands for unequal outcomes")
            if whole and letters.setdefault((cell.benchmark, outcome), letter) != letter:
                raise UserError(f"{said}: two letters for one outcome")
        equal = len(completed) == len(named) > 1 and len(set(completed)) == 1
        if whole and (cell.verdict == "identical") != equal:
            raise UserError(f"{said}: {cell.verdict}: its records say otherwise")


def check_images(folder: Path, matrix: Matrix) -> None:
    """Hold image records and locks against the matrix."""
    for name, image in matrix.images.items():
        if not PLAIN.fullmatch(name):
            raise UserError(f"matrix.json: images: {name!r} is not a plain name; refused")
        if load(folder, f"images/{name}.json", ImageRecord) != image:
            raise UserError(f"images/{name}.json: is not the image that the matrix names")
        lock = folder / "locks" / f"{name}.lock"
        if image.lock_digest and (not lock.is_file() or sha256(lock) != image.lock_digest):
            raise UserError(f"locks/{name}.lock: missing, or not the lock of that image")


def check(folder: Path, signed: str) -> Publication:
    """Check an unpacked publication whose sums fit; return what is in it."""
    known = manifest(folder)
    matrix = load(folder, "matrix.json", Matrix)
    publication = Publication(folder, known, matrix, records(folder), signed)
    check_images(folder, matrix)
    for path, record in publication.records.items():
        trace = traces.name(record, brief=known.traces == "brief")
        if known.traces == "whole" and sha256(folder / trace) != record.trace.sha256:
            raise UserError(f"{trace}: is not the trace of {path}")
    check_matrix(publication)
    return publication
