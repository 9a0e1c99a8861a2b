"""The suite as a user calls it, in a folder of its own, and the environment `cpu` beside it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from functools import cache as once
from pathlib import Path
from typing import Any

import yaml

from performance.measure import FailedError, SkippedError, Spent, spent
from workflows.common.errors import UserError
from workflows.common.paths import ROOT, cache
from workflows.data.digests import CIFAR10
from workflows.environments.engines import get
from workflows.environments.images.record import ImageRecord

VARIABLES = {"PYTHONPATH": str(ROOT), "REPRISE_CACHE": str(cache("x").parent)}
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
DEFAULT = ROOT / "config" / "config.yaml"
IN_MEMORY = {"memory": True, "workers": 0}
"""The loader of CIFAR-10 that gives the bits of the article's."""


def experiment(
    benchmark: str, steps: int, repeats: int = 2, configurations: Sequence[str] = ("seeded",)
) -> dict[str, Any]:
    """Return an experiment of one program in the environment `cpu`, on the CPU."""
    options = {"options": IN_MEMORY} if benchmark == "cifar10" else {}
    return {
        "engine": "venv",
        "environments": ["cpu"],
        "devices": ["cpu"],
        "benchmarks": {benchmark: {"steps": steps, **options}},
        "configurations": list(configurations),
        "repeats": {benchmark: repeats},
        "controls": [],  # but for a weight's
    }


def matrix(folder: Path, asked: dict[str, Any] | Path, *words: str, cores: int = 2) -> Spent:
    """Run an experiment in `folder`, and return what it took; `words` are for Snakemake."""
    path = asked if isinstance(asked, Path) else folder / "experiment.yaml"
    if not isinstance(asked, Path):
        path.write_text(yaml.safe_dump(asked))
    command = [sys.executable, "-m", "workflows", "matrix", "--configfile", str(path)]
    return spent([*command, "--cores", str(cores), "--", *words], folder, VARIABLES)


def anew(folder: Path) -> Path:
    """Return an empty folder of that name."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@once
def image() -> ImageRecord:
    """Build the environment `cpu` for the engine venv, or find it built."""
    try:
        return get("venv").build("cpu")
    except UserError as error:
        raise SkippedError(f"no environment cpu: {error}") from error


def python() -> str:
    """Return the interpreter of the environment `cpu`."""
    return str(cache("environments") / image().tag / "bin" / "python")


def bare(folder: Path, *words: str) -> Spent:
    """Run that interpreter, in `folder`, with one thread."""
    return spent([python(), *words], folder, VARIABLES | ONE_THREAD)


def run(folder: Path, *words: str) -> dict[str, Any]:
    """Carry out one seeded run by that interpreter, with no launcher; return its record."""
    data = str(cache("data"))
    command = ("-m", "benchmarks.run", "--configuration", "seeded", "--data", data)
    bare(folder, *command, "--output", str(folder), *words)
    record: dict[str, Any] = json.loads((folder / "0.json").read_text())
    if record["status"] != "completed":
        raise FailedError(f"the run {record['status']}: {record['reason']}")
    return record


def cifar10() -> Path:
    """Return the folder of the data set."""
    folder = cache("data") / CIFAR10.name
    if not folder.is_dir():
        raise SkippedError("CIFAR-10 is not here: make matrix brings it")
    return folder


def cores_here() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0))
