"""`python -m workflows.publication.publish`: everything that leaves the machine, and its zip.

The folder holds what a reader needs to see the result, to trust it and to check it; made twice
from the same results it is the same to the byte.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from workflows.common.errors import UserError, command
from workflows.common.files import write_json, write_text
from workflows.common.models import load_model
from workflows.common.paths import CONTAINERS, ROOT
from workflows.common.revision import revision
from workflows.common.sums import sha256
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.planned import Planned
from workflows.experiment.resolve import named_probes
from workflows.matrix.model import Matrix
from workflows.publication import code, crate, programs, traces
from workflows.publication.archive import pack, write_sums
from workflows.publication.confirmations import collect
from workflows.publication.manifest import NAME, Manifest, Traces
from workflows.publication.pages import REPORT, about, conclusion
from workflows.publication.review.files import made
from workflows.publication.signature import sign
from workflows.runs.record import Run, read

PAGES = (REPORT, "matrix.json", "matrix.csv", "matrix.md", "experiment.json", "plan.json")


def extra(matrix: Matrix, catalogue: Catalogue) -> list[str]:
    """Return the files of results that are published where they are there: data, pictures."""
    asked = matrix.experiment
    names = [*asked.benchmarks, *asked.ablation, *asked.costs, *named_probes(asked, catalogue)]
    if absent := [name for name in names if name not in catalogue.benchmarks]:
        raise UserError(
            f"{absent[0]}: a benchmark of these results, which this checkout does not have; "
            "put it back into benchmarks/, or take the publication that was made where it is"
        )
    read = [catalogue.benchmarks[name].data for name in names]
    return [
        *(f"data/{name}.json" for name in dict.fromkeys(read) if name),
        "pictures/matrix.svg",
        *(f"pictures/losses/{name}.svg" for name in asked.benchmarks),
    ]


def copied(results: Path, folder: Path, matrix: Matrix, catalogue: Catalogue) -> None:
    """Copy what is published as it is."""
    if missing := [name for name in PAGES if not (results / name).is_file()]:
        raise UserError(f"{results / missing[0]}: missing: reprise matrix")
    for name in PAGES:
        shutil.copyfile(results / name, folder / name)
    # By name: the folders hold files of earlier experiments too, and whole images.
    for name in (*extra(matrix, catalogue), *(f"images/{name}.json" for name in matrix.images)):
        if (results / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(results / name, folder / name)
    (folder / "locks").mkdir()
    for name, image in matrix.images.items():
        lock = CONTAINERS / name / "requirements.lock"
        if not image.pinned or image.lock_digest is None:
            continue
        if sha256(lock) != image.lock_digest:
            raise UserError(f"{lock}: is not the lock that results/images/{name}.json was built of")
        shutil.copyfile(lock, folder / "locks" / f"{name}.lock")
    programs.write(folder, programs.named(matrix.experiment), catalogue)
    for name in code.COPIED:
        shutil.copyfile(ROOT / name, folder / name)


def whole(results: Path, folder: Path) -> list[Run]:
    """Copy every record of the plan, and each distinct trace once; return the runs."""
    found = []
    plan = load_plan(results)
    for path in plan:
        run = read(results / "runs" / f"{path}.json")
        target = folder / traces.name(run.record, brief=False)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copyfile((results / "runs" / path).with_suffix(".npz"), target)
        _record(results, folder, path)
        found.append(run)
    return found


def shortened(results: Path, folder: Path, matrix: Matrix) -> list[Run]:
    """Copy the first record of each identical cell with a brief trace; return the runs."""
    found = []
    for cell in matrix.cells:
        if cell.verdict != "identical":
            continue
        path = cell.runs[0]
        run = read(results / "runs" / f"{path}.json")
        target = folder / traces.name(run.record, brief=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(traces.brief(run))
        _record(results, folder, path)
        found.append(run)
    return found


def load_plan(results: Path) -> list[str]:
    """Return the paths of all planned runs."""
    return [run.path for run in Planned.load(results / "plan.json").plan.runs]


def _record(results: Path, folder: Path, path: str) -> None:
    target = folder / "runs" / f"{path}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(results / "runs" / f"{path}.json", target)


def publish(
    results: Path, folder: Path, kind: Traces, key: Path | None, *, report: bool = True
) -> None:
    """Make the folder anew, and the zip beside it.

    `report`: with the report's page, which is most of a small publication; to verify or to merge
    takes none.
    """
    catalogue = Catalogue.read()
    matrix = load_model(Matrix, results / "matrix.json", "matrix")
    if matrix.unusable:
        path, why = next(iter(matrix.unusable.items()))
        more = f", and {len(matrix.unusable) - 1} more" if len(matrix.unusable) > 1 else ""
        raise UserError(f"{results / path}: not used: {why}{more}; make them again: reprise retry")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    copied(results, folder, matrix, catalogue)
    if not report:
        (folder / REPORT).unlink()
    runs = whole(results, folder) if kind == "whole" else shortened(results, folder, matrix)
    manifest = Manifest(traces=kind, revision=revision(), code=code.digest_of(), tools=code.tools())
    write_json(folder / NAME, manifest.model_dump(mode="json"))
    pages = about(matrix, manifest, catalogue, report=report)
    for name, text in {**pages, **made(folder, matrix, manifest, catalogue)}.items():
        write_text(folder / name, text)
    said, left = conclusion(matrix, catalogue), [run.record for run in runs]
    described = crate.metadata(folder, matrix, said, left, brief=kind == "brief")
    write_json(folder / crate.METADATA, described)
    write_sums(folder)
    if key:
        sign(folder, key)
    pack(folder, folder.with_suffix(".zip"))
    zipped = folder.with_suffix(".zip")
    confirmed = collect(zipped)
    end = f"; {confirmed}" if confirmed else ""
    size = zipped.stat().st_size / 1e6
    print(f"{zipped}: {size:.2f} MB, {len(runs)} records, {kind} traces{end}")


def main() -> None:
    """Publish a finished matrix."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.publication.publish", description=__doc__
    )
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--output", type=Path, default=Path("results/publication"))
    parser.add_argument("--traces", choices=["whole", "brief"], default="whole")
    parser.add_argument("--sign", type=Path, help="an SSH key")
    parser.add_argument("--without-report", action="store_true", help="a small one, to be merged")
    args = parser.parse_args()
    key = args.sign.expanduser() if args.sign else None
    publish(args.results, args.output, args.traces, key, report=not args.without_report)


if __name__ == "__main__":
    command(main)
