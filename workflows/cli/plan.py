"""`reprise plan`: say how many runs an experiment is, how long it takes, what it downloads.

Nothing is run. Times are about those of this machine where a record here says them, else those of a
server of 2021.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from workflows.common import pipeline
from workflows.common.arguments import Parser
from workflows.common.cores import cores
from workflows.common.errors import command
from workflows.common.paths import cache
from workflows.environments import definition as environments
from workflows.environments.kinds import HOST
from workflows.environments.wheelhouse import is_of
from workflows.environments.wheels import house
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.duration import Durations
from workflows.experiment.model import Experiment
from workflows.experiment.plan import make
from workflows.experiment.planned import Plan
from workflows.experiment.specification import RunSpecification
from workflows.experiment.written import read
from workflows.runs.launch import gpu_is_here
from workflows.studies.ablation.plan import planned as ablations
from workflows.studies.costs.plan import measurements
from workflows.studies.cures.plan import planned as cures
from workflows.studies.differences.plan import pairs
from workflows.studies.forecast import Study, forecast

RESULTS = Path("results")
WHEELS = {"cpu": 0.25, "cuda": 2.6}
"""Gigabytes of an environment's wheels, by the most that it can drive."""
DATA = {"cifar10": 0.17}
"""Gigabytes of a data set as it is published."""


def downloads(experiment: Experiment, plan: Plan, catalogue: Catalogue) -> dict[str, float]:
    """Return the gigabytes that are not in the cache yet, by what they are."""
    there = list(house().glob("*.whl"))
    found: dict[str, float] = {}
    for name in experiment.environments:
        if name == HOST:
            continue
        environment = environments.find(name)
        if not all(any(is_of(path, pin) for path in there) for pin in environment.pins):
            found[f"environment {name}"] = WHEELS[environment.devices[-1]]
    asked = {catalogue.benchmarks[run.benchmark].data for run in plan.runs} - {None}
    for data in sorted(filter(None, asked)):
        if not (cache("data") / data).is_dir() and not experiment.data.get(data):
            found[data] = DATA.get(data, 0.0)
    return found


def studies(experiment: Experiment, plan: Plan, catalogue: Catalogue) -> Iterator[Study]:
    """Yield what asks for runs of its own."""
    yield from ablations(experiment, catalogue, environments.devices())
    yield from cures(experiment, plan, catalogue)
    yield from measurements(experiment, catalogue, environments.devices())


def account(
    experiment: Experiment, plan: Plan, catalogue: Catalogue, at_once: int, *, gpu: bool
) -> Iterator[str]:
    """Yield the lines that say what an experiment means."""
    runs = {run.path: run for run in plan.runs if gpu or run.device == "cpu"}
    able = [pair for pair in pairs(plan) if {pair.left[0], pair.right[0]} <= set(runs)]
    asked = [each for each in studies(experiment, plan, catalogue) if gpu or each.device == "cpu"]
    known = Durations.of(runs.values(), RESULTS)
    found = forecast(known, runs, able, asked)
    there = [path for path in found.expected if Path(path).is_file()]
    cells = {run.combination for run in plan.runs}
    yield f"{len(plan.runs)} runs of {len(cells)} combinations: {by_benchmark(plan.runs)}"
    if more := [f"{len(able)} close looks"] * bool(able) + [f"{len(asked)} studies"] * bool(asked):
        yield f"then {' and '.join(more)}"
    if perhaps := sum(n for path, n in found.perhaps.items() if not Path(path).is_file()):
        yield (
            f"up to {perhaps} runs more, not in the time below: cures, where repeats differ, lose "
            "their letter or are refused"
        )
    if idle := len(plan.runs) - len(runs):
        yield f"{idle} of the runs need a GPU, which this machine has not: they are not-run"
    if there:
        yield f"{len(there)} results are there already"
    left = {path: took for path, took in found.expected.items() if path not in there}
    alone = sum(took for path, took in left.items() if path.startswith("results/costs/"))
    seconds = alone + (sum(left.values()) - alone) / at_once  # costs are measured by themselves
    source = "by runs timed here" if known.steps else "by stated times"
    if runs:
        yield f"{lasting(seconds)} on {at_once} cores, {source}, without set-up"
    missing = downloads(experiment, plan, catalogue)
    each = ", ".join(f"{name} {size:.2g}" for name, size in missing.items())
    yield (
        f"{sum(missing.values()):.1f} GB to download: {each}" if missing else "nothing to download"
    )
    yield from (f"not planned: {reason}" for reason in plan.left_out)


def by_benchmark(runs: Iterable[RunSpecification]) -> str:
    """Return how many runs each benchmark has; probes are many, and counted as one."""
    counts: dict[str, int] = {}
    for run in runs:
        name = "probes" if run.configuration in ("unset", "set") else run.benchmark
        counts[name] = counts.get(name, 0) + 1
    return ", ".join(f"{number} {name}" for name, number in counts.items())


def lasting(seconds: float) -> str:
    """Return about how long that is, in minutes or hours."""
    minutes = max(1, math.ceil(seconds / 60))
    return f"about {minutes} min" if minutes < 100 else f"about {minutes / 60:.1f} h"


def main(words: Sequence[str] | None = None) -> None:
    """Print the account of one file."""
    parser = Parser("plan", __doc__, "config/why.yaml --cores 4")
    add: Any = parser.add_argument
    add("file", type=Path, nargs="?", default=pipeline.default(), help="(default: %(default)s)")
    add("--cores", type=int, default=cores(), metavar="N", help="(default: all, %(default)s)")
    args = parser.read(words)
    written = read(args.file)
    catalogue = Catalogue.read()
    experiment = written.check(catalogue)
    plan = make(experiment, catalogue, environments.devices())
    lines = account(experiment, plan, catalogue, max(1, args.cores), gpu=gpu_is_here())
    print(f"{args.file}\n" + "\n".join(lines))


if __name__ == "__main__":
    command(main)
