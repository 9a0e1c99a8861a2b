"""The matrix: every combination's verdict, and the letters of equal runs across all of them.

`python -m workflows.matrix.collect --plan results/plan.json --results results` writes
`matrix.json`, from which all that is shown is made.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

from workflows.common.errors import command
from workflows.common.files import sealed, write_json
from workflows.compare.controls import hold, validity
from workflows.compare.letters import letters
from workflows.compare.verdict import judge
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.planned import CONTROLS, Planned
from workflows.experiment.resolve import named_probes, own
from workflows.experiment.specification import Combination
from workflows.matrix import close_looks, explain
from workflows.matrix.attempts import Experience
from workflows.matrix.cells import Cell, cell
from workflows.matrix.gather import Gathered, gather
from workflows.matrix.model import Matrix
from workflows.matrix.probes import probings
from workflows.matrix.variations import table
from workflows.runs.record import Run


def collect(planned: Planned, results: Path, catalogue: Catalogue) -> Matrix:
    """Read all that a plan's stages left, and judge it."""
    return made(planned, gather(planned, results, catalogue), catalogue)


def made(planned: Planned, there: Gathered, catalogue: Catalogue) -> Matrix:
    """Judge what there is of a plan; reads no file."""
    runs, ablations, looks = there.runs, there.ablations, there.looks
    combinations: dict[Combination, list[Run]] = defaultdict(list)
    for run in runs.values():
        combinations[run.record.run.combination].append(run)
    probes = set(named_probes(planned.experiment, catalogue))
    shown = {c: r for c, r in combinations.items() if c.benchmark not in probes}
    probing = {c: r for c, r in combinations.items() if c.benchmark in probes}
    trained = {c: r for c, r in shown.items() if c.variation not in CONTROLS}
    experiment = planned.experiment
    configurations = own(experiment.configurations, "configurations", catalogue)
    variations = own(experiment.variations, "variations", catalogue)
    cells = close_looks.of_cells(judged(trained, catalogue), looks)
    kept = close_looks.of_kept(table(trained), looks)
    world = Experience(
        cells, trained, configurations, variations, ablations, there.cures, there.images, catalogue
    )
    controls = [
        hold(control, runs, steady(combinations, runs[control.untouched]))
        for control in planned.plan.controls
    ]
    records = [run.record for run in runs.values()]
    held = [record.held for record in records if record.held]
    started = [record.timing.started for record in records if record.timing]
    return Matrix(
        experiment=experiment,
        engine=planned.engine,
        why=planned.why,
        left_out=planned.plan.left_out,
        started=min(started, default=None),
        machine=held[0] if held else None,
        images=there.images,
        unusable=there.unusable,
        validity=validity(controls),
        controls=controls,
        cells=explain.of_cells(world, looks),
        kept=explain.of_kept(kept, world, looks),
        differences={name: look for name, look in looks.items() if look.difference},
        ablations=ablations,
        cures=there.cures,
        costs=there.costs,
        probes=probings(probing, catalogue),
    )


def judged(combinations: dict[Combination, list[Run]], catalogue: Catalogue) -> list[Cell]:
    """Judge every combination; letters are shared by all runs of a benchmark."""
    benchmarks: dict[str, list[Run]] = defaultdict(list)
    for combination, runs in combinations.items():
        benchmarks[combination.benchmark] += runs
    names = {benchmark: letters(runs) for benchmark, runs in benchmarks.items()}
    return [
        cell(c, runs, names[c.benchmark], catalogue.benchmarks[c.benchmark].published)
        for c, runs in combinations.items()
    ]


def steady(combinations: dict[Combination, list[Run]], run: Run) -> bool | None:
    """Return whether the repeats of a run's combination are identical; None for a single one."""
    repeats = combinations[run.record.run.combination]
    return judge(repeats).verdict == "identical" if len(repeats) > 1 else None


def main() -> None:
    """Write the matrix."""
    parser = argparse.ArgumentParser(prog="python -m workflows.matrix.collect", description=__doc__)
    parser.add_argument("--plan", type=Path)
    parser.add_argument("--results", type=Path, default=Path("results"))
    args = parser.parse_args()
    matrix = collect(Planned.load(args.plan), args.results, Catalogue.read())
    write_json(args.results / "matrix.json", sealed(matrix.model_dump(mode="json")))
    for path, why in matrix.unusable.items():
        print(f"not used: {args.results / path}: {why}", file=sys.stderr)
    if matrix.unusable:
        print(
            f"{len(matrix.unusable)} files not used; make them again: reprise retry",
            file=sys.stderr,
        )


if __name__ == "__main__":
    command(main)
