"""`python -m workflows.publication.publish`: everything that leaves the machine, and its zip.

The folder holds what a reader needs to see the result, to trust it and to check it; made twice
from the same results it is the same to the byte.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from workflows.catalogue import Catalogue
from workflows.choices import own
from workflows.errors import UserError, command
from workflows.files import load_model, write_json, write_text
from workflows.matrix import Matrix
from workflows.places import CONTAINERS, ROOT
from workflows.publication import badge, crate, junit, traces
from workflows.publication.archive import pack, write_sums
from workflows.publication.manifest import NAME, Manifest, Traces, revision
from workflows.publication.signature import sign
from workflows.records import Run, read
from workflows.report.conclusion import paragraph
from workflows.sums import sha256

REPORT = "report.html"
PAGES = (REPORT, "matrix.json", "matrix.csv", "matrix.md", "experiment.json", "plan.json")

README = """# {conclusion}

`{report}` is for people, `matrix.json` for programs. `runs/` holds the records, `traces/` what
they traced, `locks/` and `images/` the environments, `SHA256SUMS` the sums of all files.

To run the same cells on another machine and compare, in a clone of Reprise{at}:

    make verify REPORT=THIS.zip
"""


def copied(results: Path, folder: Path, matrix: Matrix) -> None:
    """Copy what is published as it is."""
    if missing := [name for name in PAGES if not (results / name).is_file()]:
        raise UserError(f"{results / missing[0]}: missing: make matrix")
    for name in PAGES:
        shutil.copyfile(results / name, folder / name)
    for name in ("images", "data", "pictures"):
        if (results / name).is_dir():
            shutil.copytree(results / name, folder / name, copy_function=shutil.copyfile)
    for picture in [*(folder / "pictures" / "losses").glob("*.svg")]:
        if picture.stem not in matrix.experiment.benchmarks:
            picture.unlink()  # of an earlier experiment
    for environment in [*(folder / "images").glob("*.json")]:
        if environment.stem not in matrix.images:
            environment.unlink()  # of an earlier experiment
    (folder / "locks").mkdir()
    for name, image in matrix.images.items():
        lock = CONTAINERS / name / "requirements.lock"
        if not image.pinned or image.lock_digest is None:
            continue
        if sha256(lock) != image.lock_digest:
            raise UserError(f"{lock}: is not the lock that results/images/{name}.json was built of")
        shutil.copyfile(lock, folder / "locks" / f"{name}.lock")
    shutil.copyfile(ROOT / "CITATION.cff", folder / "CITATION.cff")
    shutil.copyfile(ROOT / "Snakefile", folder / "Snakefile")


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
    from workflows.planned import Planned

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
        raise UserError(f"{results / path}: not used: {why}{more}; make them again: make retry")
    configurations = own(matrix.experiment.configurations, "configurations", catalogue)
    variations = own(matrix.experiment.variations, "variations", catalogue)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    copied(results, folder, matrix)
    if not report:
        (folder / REPORT).unlink()
    runs = whole(results, folder) if kind == "whole" else shortened(results, folder, matrix)
    manifest = Manifest(traces=kind, revision=revision())
    write_json(folder / NAME, manifest.model_dump(mode="json"))
    said = badge.endpoint(matrix, configurations)
    write_json(folder / "badge.json", said)
    write_text(folder / "badge.svg", badge.svg(said))
    write_text(folder / "junit.xml", junit.document(matrix, configurations))
    conclusion = paragraph(matrix, configurations, variations)
    commit = manifest.revision.commit
    at = f" at revision {commit}" if commit else ""
    page = REPORT if report else "matrix.md"
    write_text(folder / "README.md", README.format(conclusion=conclusion, at=at, report=page))
    started = [run.record.timing["started"] for run in runs if run.record.timing]
    described = crate.metadata(folder, matrix, conclusion, max(started, default=None))
    write_json(folder / crate.METADATA, described)
    write_sums(folder)
    if key:
        sign(folder, key)
    pack(folder, folder.with_suffix(".zip"))
    size = folder.with_suffix(".zip").stat().st_size
    print(f"{folder.with_suffix('.zip')}: {size / 1e6:.2f} MB, {len(runs)} records, {kind} traces")


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
