"""A finished campaign in a folder, from the checked-in real runs: ten records, matrix, report."""

from __future__ import annotations

import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.support import images, real
from workflows.common.files import sealed, write_json, write_text
from workflows.common.sums import sha256
from workflows.environments.definition import find
from workflows.environments.images.record import ImageRecord
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.load import load
from workflows.experiment.plan import make
from workflows.experiment.planned import Planned
from workflows.experiment.specification import Combination, RunSpecification
from workflows.matrix.cells import Cell
from workflows.matrix.collect import collect
from workflows.matrix.model import Matrix
from workflows.matrix.show import csv, markdown
from workflows.matrix.variations import Kept
from workflows.publication.manifest import Traces
from workflows.publication.pages import drawn
from workflows.publication.publish import publish
from workflows.runs.record import Ending, read
from workflows.runs.watched import FileLeft
from workflows.runs.without import write_without_training

CATALOGUE = Catalogue.read()
CONFIG = {
    "engine": "venv",
    "environments": ["cpu"],
    "devices": ["cpu"],
    "benchmarks": {"toy": {"steps": real.STEPS}},
    "configurations": ["unseeded", "seeded", "strict"],
    "repeats": {"toy": 3},
}

WIDE = CONFIG | {
    "variations": ["baseline", "threads-2", {"emulated": {"cpu": "Haswell"}}],
    "vary": {"configurations": ["seeded"]},
    "probes": ["dropout"],
    "repeats": {"toy": 3, "variations": 2, "probes": 2},
}
"""The same with variations and a probe, whose records are made of the real ones."""


@cache
def planned(*, wide: bool = False) -> Planned:
    """Return the plan that the checked-in runs answer."""
    experiment = load(WIDE if wide else CONFIG, CATALOGUE)
    plan = make(experiment, CATALOGUE, {})
    identities = {run.path: identity(run, CATALOGUE) for run in plan.runs}
    return Planned(
        experiment=experiment, engine="venv", why="engine venv", plan=plan, identities=identities
    )


def image() -> ImageRecord:
    """Return the record of the environment that they are said to have run in."""
    environment = find("cpu")
    packages = {pin.name: pin.version for pin in environment.pins}
    return images.image(lock_digest=environment.lock_digest, packages=packages, python="3.11.7")


def records(folder: Path, *, wide: bool = False, watched: bool = False) -> Path:
    """Lay the records into a results folder as a campaign leaves them; return the folder.

    `watched`: as records of version 3, with a file that each run left.
    """
    image().save(folder / "images" / "cpu.json")
    used = {"engine": "venv", "isolation": "none", "content_digest": image().content_digest}
    for index, run in enumerate(planned(wide=wide).plan.runs):
        source = real.path(run.configuration, run.repeat, run.variation)
        target = folder / "runs" / f"{run.path}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        if run.flip_in:
            why = Ending(
                "not-run", f"no bit can be flipped: the benchmark has no {run.flip_in}", []
            )
            write_without_training(target, run, why, {"identity": None})
            record = json.loads(target.read_text())
        elif source.exists():
            record = json.loads(source.read_text())
            shutil.copyfile(source.with_suffix(".npz"), target.with_suffix(".npz"))
        else:
            record = as_if(run, target.with_suffix(".npz"), index)
        # What `strict` holds since then changes no bit of theirs.
        record["run"] |= {"environment": "cpu", "settings": run.settings}
        record["settings"] = dict.fromkeys(run.settings, "applied") | record["settings"]
        record |= {"identity": planned(wide=wide).identities[run.path], "image": used}
        write_json(target, sealed(record) if record.get("sum") else record)
    for path in (folder / "runs").rglob("*.json") if watched else ():
        kept = {"ckpt.pt": FileLeft(sha256="a" * 64, size=1, parts={"w": "b" * 64})}
        found = read(path)
        if found.record.status == "completed":
            real.leave(real.watched(found, files=kept), path)
    return folder


@cache
def judged() -> Matrix:
    """Return the matrix of the records as they are."""
    with tempfile.TemporaryDirectory() as folder:
        return collect(planned(), records(Path(folder)), CATALOGUE)


def changed(matrix: Matrix, configuration: str, **fields: object) -> Matrix:
    """Return the matrix with other fields in the cells of a configuration."""
    cells = [
        cell.model_copy(update=fields) if cell.configuration == configuration else cell
        for cell in matrix.cells
    ]
    return matrix.model_copy(update={"cells": cells})


def as_if(run: RunSpecification, trace: Path, index: int) -> dict[str, Any]:
    """Return a record as `run` would have left it, made of a real one, and write its trace."""
    source = real.path("seeded" if "torch-seed" in run.settings else "unseeded", run.repeat)
    record: dict[str, Any] = json.loads(source.read_text())
    with np.load(source.with_suffix(".npz")) as arrays:
        steps = {name: arrays[name][: run.steps] for name in ("steps", "losses")}
        np.savez(trace, initial=arrays["initial"], **steps)
    record["run"] = run.model_dump()
    record["settings"] = dict.fromkeys(run.settings, "applied")
    record["timing"]["seconds"] += index  # each takes its own time
    record["trace"] |= {"steps": run.steps, "sha256": sha256(trace)}
    held = record["held"]
    held["flags"]["threads"] = run.threads
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        held["variables"][name] = str(run.threads)
    if run.conditions.cpu:
        model = {"model": f"QEMU {run.conditions.cpu}", "flags": "", "emulator": "QEMU"}
        held["processor"] |= {**model, "emulated": run.conditions.cpu, "brand": "Haswell"}
        held["flags"]["cpu_capability"] = "AVX2"
    return record


def judge(folder: Path, plan: Planned | None = None, catalogue: Catalogue = CATALOGUE) -> Matrix:
    """Write plan, matrix, report and pictures of a results folder; return the matrix."""
    plan = plan or planned()
    matrix = collect(plan, folder, catalogue)
    write_json(folder / "plan.json", sealed(plan.model_dump(mode="json")))
    asked = plan.experiment.model_dump(mode="json", exclude_none=True)
    write_json(folder / "experiment.json", asked)
    write_json(folder / "matrix.json", sealed(matrix.model_dump(mode="json")))
    write_text(folder / "matrix.csv", csv(matrix))
    write_text(folder / "matrix.md", markdown(matrix))
    for name, page in drawn(matrix, lambda path: read(folder / path), catalogue).items():
        write_text(folder / name, page())
    return matrix


def publication(
    folder: Path,
    traces: Traces = "whole",
    key: Path | None = None,
    *,
    wide: bool = False,
    watched: bool = False,
) -> Path:
    """Finish and publish in a folder; return the publication's folder, its zip lies beside it."""
    judge(records(folder / "results", wide=wide, watched=watched), planned(wide=wide))
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
    write_json(record_path, sealed(record) if record.get("sum") else record)


def kept(cell: Cell, answer: Any, variation: str = "cpu-x", reason: str | None = None) -> Kept:
    """Return what a variation of a cell's combination is answered to keep."""
    at = Combination(**{name: getattr(cell, name) for name in Combination.model_fields})
    return Kept(
        **at.model_dump(exclude={"variation"}), variation=variation, baseline=at, varied=at,
        answer=answer, steps=1, repeats=2, first_difference=None, reason=reason,
    )  # fmt: skip
