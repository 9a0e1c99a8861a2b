"""Lines about what Snakemake and the host side take: jobs, plans, ten thousand records."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from performance import suite
from performance.lines import Line, Place
from performance.measure import FailedError, SkippedError, spent
from workflows.common.files import sealed, write_json
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.load import load
from workflows.experiment.plan import make
from workflows.experiment.planned import Planned
from workflows.runs.launch import gpu_is_here

MANY, FEW = 10_000, 1_000
STEPS = 20
"""Of the toy: what is measured here does not depend on them."""


def jobs(place: Place) -> Sequence[float]:
    """Return the jobs of the default experiment where no GPU is."""
    if gpu_is_here():
        raise SkippedError("a GPU is here")
    suite.matrix(place.folder, suite.DEFAULT, "--dry-run", "--verbose")
    found = re.findall(r"^total +(\d+)", (place.folder / "last.log").read_text(), re.MULTILINE)
    if not found:
        raise FailedError("Snakemake said no total")
    return [float(found[-1])]


def no_op(place: Place) -> Sequence[float]:
    """Return the seconds of a finished experiment that is asked for again."""
    asked = suite.experiment("toy", STEPS)
    suite.matrix(place.folder, asked)
    return [suite.matrix(place.folder, asked).wall for _ in range(place.pairs)]


def dry(place: Place) -> Sequence[float]:
    """Return the seconds of `snakemake -n` of ten thousand runs."""
    asked = suite.experiment("toy", STEPS, MANY)
    return [
        suite.matrix(suite.anew(place.folder / "dry"), asked, "--dry-run").wall
        for _ in range(min(3, place.pairs))
    ]


def records(folder: Path, count: int) -> None:
    """Leave the results of so many runs: one that was carried out, under each one's name."""
    catalogue = Catalogue.read()
    suite.matrix(folder, suite.experiment("toy", STEPS))
    asked = suite.experiment("toy", STEPS, count)
    experiment = load(asked, catalogue)
    plan = make(experiment, catalogue, {})
    planned = Planned(
        experiment=experiment, engine="venv", why="as asked", plan=plan,
        identities={run.path: identity(run, catalogue) for run in plan.runs},
    )  # fmt: skip
    results = folder / "results"
    write_json(results / "plan.json", sealed(planned.model_dump(mode="json")))
    known = {
        (run.configuration, run.flip_in): results / "runs" / f"{run.path}.json"
        for run in reversed(plan.runs) if (results / "runs" / f"{run.path}.json").is_file()
    }  # fmt: skip
    for run in plan.runs:
        path, source = results / "runs" / f"{run.path}.json", known[run.configuration, run.flip_in]
        if path.exists():
            continue
        record = json.loads(source.read_text())
        record["run"] |= {"repeat": run.repeat}
        record["identity"] = planned.identities[run.path]
        write_json(path, sealed(record))
        os.link(source.with_suffix(".npz"), path.with_suffix(".npz"))


def gathered(place: Place, count: int) -> tuple[float, float]:
    """Return the seconds of the processor and the megabytes of matrix and report."""
    folder = suite.anew(place.folder / str(count))
    records(folder, count)
    steps = (
        ("workflows.matrix.collect", "--plan", "results/plan.json"),
        ("workflows.report.page",),
    )
    took = [spent([sys.executable, "-m", *words], folder, suite.VARIABLES) for words in steps]
    return sum(each.cpu for each in took), max(each.memory for each in took)


def seconds(place: Place) -> Sequence[float]:
    """Return the seconds of matrix and report from ten thousand records."""
    return [gathered(place, MANY)[0]]


def memory(place: Place) -> Sequence[float]:
    """Return the megabytes of the same."""
    return [gathered(place, MANY)[1]]


def growth(place: Place) -> Sequence[float]:
    """Return how many times the seconds from a thousand records those from ten thousand are."""
    return [gathered(place, MANY)[0] / gathered(place, FEW)[0]]


def line(name: str, what: str, limit: float, measure: Callable[[Place], Sequence[float]]) -> Line:
    """Return a line of whole numbers."""
    return Line(name, what, limit, measure, "{:.0f}")


LINES = [
    line("jobs", "default experiment without a GPU: jobs", 150, jobs),
    Line("noop", "nothing to do: s", 4, no_op),
    line("dry", "snakemake -n of 10,000 runs: s", 60, dry),
    line("records", "matrix and report from 10,000 records: s", 30, seconds),
    line("memory", "the same: MB", 1000, memory),
    line("growth", "the same: times that from 1,000", 12, growth),
]
