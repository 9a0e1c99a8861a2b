"""A finished campaign in a folder, from the checked-in real runs: ten records, matrix, report."""

from __future__ import annotations

import json
import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from tests import images, real
from workflows.catalogue import Catalogue
from workflows.config import load
from workflows.files import sealed, write_json, write_text
from workflows.identity import identity
from workflows.images.record import ImageRecord
from workflows.matrix import Matrix, collect
from workflows.places import CONTAINERS
from workflows.plan import make
from workflows.planned import Planned
from workflows.publication.manifest import Traces
from workflows.publication.publish import publish
from workflows.report.detail import detail
from workflows.report.page import render
from workflows.show import csv, markdown
from workflows.sums import sha256

CATALOGUE = Catalogue.read()
CONFIG = {
    "engine": "venv",
    "environments": ["cpu"],
    "devices": ["cpu"],
    "benchmarks": {"toy": {"steps": real.STEPS}},
    "configurations": ["unseeded", "seeded", "strict"],
    "repeats": {"toy": 3},
}


@cache
def planned() -> Planned:
    """Return the plan that the checked-in runs answer."""
    experiment = load(CONFIG, CATALOGUE)
    plan = make(experiment, CATALOGUE, {})
    identities = {run.path: identity(run, CATALOGUE) for run in plan.runs}
    return Planned(
        experiment=experiment, engine="venv", why="engine venv", plan=plan, identities=identities
    )


def image() -> ImageRecord:
    """Return the record of the environment that they are said to have run in."""
    lock = sha256(CONTAINERS / "cpu" / "requirements.lock")
    return images.image(lock_digest=lock, packages={"torch": "2.13.0"})


def records(folder: Path) -> Path:
    """Lay the records into a results folder as a campaign leaves them; return the folder."""
    image().save(folder / "images" / "cpu.json")
    used = {"engine": "venv", "isolation": "none", "content_digest": image().content_digest}
    for run in planned().plan.runs:
        source = real.path(run.configuration, run.repeat, run.variation)
        target = folder / "runs" / f"{run.path}.json"
        record = json.loads(source.read_text())
        record["run"]["environment"] = "cpu"
        record |= {"identity": planned().identities[run.path], "image": used}
        write_json(target, record)
        shutil.copyfile(source.with_suffix(".npz"), target.with_suffix(".npz"))
    return folder


@cache
def judged() -> Matrix:
    """Return the matrix of the records as they are."""
    with tempfile.TemporaryDirectory() as folder:
        return collect(planned(), records(Path(folder)), CATALOGUE)


def judge(folder: Path) -> Matrix:
    """Write plan, matrix and report of a results folder; return the matrix."""
    matrix = collect(planned(), folder, CATALOGUE)
    write_json(folder / "plan.json", sealed(planned().model_dump(mode="json")))
    asked = planned().experiment.model_dump(mode="json", exclude_none=True)
    write_json(folder / "experiment.json", asked)
    write_json(folder / "matrix.json", sealed(matrix.model_dump(mode="json")))
    write_text(folder / "matrix.csv", csv(matrix))
    write_text(folder / "matrix.md", markdown(matrix))
    details = [detail(cell, matrix, folder, CATALOGUE) for cell in matrix.cells]
    write_text(folder / "report.html", render(matrix, details, CATALOGUE))
    return matrix


def publication(folder: Path, traces: Traces = "whole", key: Path | None = None) -> Path:
    """Finish and publish in a folder; return the publication's folder, its zip lies beside it."""
    judge(records(folder / "results"))
    target = folder / "publication"
    publish(folder / "results", target, traces, key)
    return target


def plant(folder: Path, path: str, step: int, column: int) -> None:
    """Flip one bit of one fingerprint in a trace of a results folder, hash and all."""
    record_path = folder / "runs" / f"{path}.json"
    with np.load(record_path.with_suffix(".npz")) as arrays:
        changed = dict(arrays)
    changed["steps"][step, column] ^= np.uint64(1)
    np.savez(record_path.with_suffix(".npz"), **changed)
    record = json.loads(record_path.read_text())
    record["trace"]["sha256"] = sha256(record_path.with_suffix(".npz"))
    write_json(record_path, record)
