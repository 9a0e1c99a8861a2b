"""Which files a publication may hold, and which it must: those that publishing leaves, no other."""

from __future__ import annotations

import re
from pathlib import Path

from workflows.common.errors import UserError
from workflows.common.sums import SUMS
from workflows.experiment.planned import Planned
from workflows.matrix.model import Matrix
from workflows.publication import crate, programs
from workflows.publication.archive import files
from workflows.publication.code import COPIED
from workflows.publication.manifest import NAME, SIGNATURE, Manifest
from workflows.publication.pages import REPORT
from workflows.publication.review import files as review

ALWAYS = {
    NAME, SUMS, "matrix.json", "matrix.csv", "matrix.md", "experiment.json", "plan.json",
    "badge.json", "badge.svg", "junit.xml", "README.md", crate.METADATA, *COPIED,
}  # fmt: skip
SOMETIMES = {REPORT, SIGNATURE, "pictures/matrix.svg", *review.NAMES}
_DATA = re.compile(r"data/[a-z0-9][a-z0-9_-]*\.json")
_TRACE = re.compile(r"traces/[0-9a-f]{64}(\.brief)?\.npz")


def runs(manifest: Manifest, matrix: Matrix, planned: Planned) -> list[str]:
    """Return the paths of the runs whose records a publication holds."""
    if manifest.traces == "whole":
        return [run.path for run in planned.plan.runs]
    return [cell.runs[0] for cell in matrix.cells if cell.verdict == "identical" and cell.runs]


def check_files(folder: Path, manifest: Manifest, matrix: Matrix, planned: Planned) -> None:
    """Raise `UserError` for a file that must be there and is not, or that no publication holds."""
    present = set(files(folder))
    records = {f"runs/{path}.json" for path in runs(manifest, matrix, planned)}
    images = {f"images/{name}.json" for name in matrix.images}
    locks = {f"locks/{n}.lock" for n, i in matrix.images.items() if i.pinned and i.lock_digest}
    more = {f"pictures/losses/{name}.svg" for name in matrix.experiment.benchmarks}
    more |= {programs.place(name) for name in programs.named(matrix.experiment)}
    more |= {review.sbom(name) for name in matrix.images}
    must = ALWAYS | records | images | locks
    if missing := sorted(must - present):
        raise UserError(f"{missing[0]}: missing; get the publication again")
    for name in sorted(present - must - SOMETIMES - more):
        if name.startswith("runs/"):
            raise UserError(f"{name}: is not a record that its plan and matrix name; refused")
        if not (_DATA.fullmatch(name) or _TRACE.fullmatch(name)):
            raise UserError(f"{name}: is no file that a publication holds; refused")


def check_traces(folder: Path, named: set[str]) -> None:
    """Raise `UserError` for a trace that no record names."""
    for name in files(folder):
        if name.startswith("traces/") and name not in named:
            raise UserError(f"{name}: no record names this trace; refused")
