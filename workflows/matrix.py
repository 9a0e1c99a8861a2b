"""The matrix: every combination's verdict, and the letters of equal runs across all of them.

`python -m workflows.matrix --plan results/plan.json --results results` writes `matrix.json`,
`matrix.csv` and `matrix.md`; `--schema` writes the matrix's JSON Schema instead.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from workflows import causes, looked
from workflows.ablation_result import Ablation
from workflows.catalogue import Catalogue
from workflows.cells import Cell, cell, letters
from workflows.choices import named_probes, own
from workflows.closer import Closer
from workflows.controls import ControlResult, Validity, hold, validity
from workflows.cost_results import Costs
from workflows.errors import command
from workflows.experiment import Experiment
from workflows.files import sealed, write_json, write_text
from workflows.gather import Gathered, gather
from workflows.held import Held
from workflows.images.record import ImageRecord
from workflows.kept import Kept, table
from workflows.places import ROOT
from workflows.plan import FLIPPED, UNTOUCHED
from workflows.planned import Planned
from workflows.probing import Probing, probings
from workflows.records import Run
from workflows.specification import Combination
from workflows.verdict import judge

SCHEMA = ROOT / "workflows" / "schemas" / "matrix.json"


class Matrix(BaseModel):
    """All cells of an experiment on one machine."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    experiment: Experiment
    engine: str
    why: str = Field(description="why that engine was taken")
    left_out: list[str] = Field(description="combinations that were not planned, and why")
    started: str | None = Field(description="when the first run started, ISO 8601")
    machine: Held | None = Field(description="what held in the first completed run")
    images: dict[str, ImageRecord]
    validity: Validity = Field(description="invalid: a negative control was missed")
    controls: list[ControlResult]
    cells: list[Cell]
    kept: list[Kept] = Field(description="which variations keep the letter of their baseline")
    probes: list[Probing]
    differences: dict[str, Closer] = Field(description="first differences, closely, by pair")
    ablations: list[Ablation] = Field(description="the fewest settings that keep runs identical")
    costs: list[Costs] = Field(description="what each configuration costs, by place and benchmark")
    unusable: dict[str, str] = Field(
        {}, description="files that are damaged or stale, below the results folder, and why"
    )
    sum: str | None = Field(None, description="SHA-256 of its canonical JSON without this")

    @property
    def failed(self) -> list[str]:
        """Where runs failed, with the reason: in cells, in probes, in controls."""
        cells = [
            f"{cell.records[0].rpartition('/')[0]}: {cell.reason}"
            for cell in self.cells
            if cell.verdict == "failed"
        ]
        probes = [
            f"probe {each.probe}, {each.environment} on {each.device}: {each.reason}"
            for each in self.probes
            if each.finding == "failed"
        ]
        controls = [
            f"negative control: {each.reason}" for each in self.controls if each.outcome == "failed"
        ]
        return [*cells, *probes, *controls]


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
    trained = {c: r for c, r in shown.items() if c.variation not in (FLIPPED, UNTOUCHED)}
    experiment = planned.experiment
    configurations = own(experiment.configurations, "configurations", catalogue)
    variations = own(experiment.variations, "variations", catalogue)
    cells = looked.of_cells(judged(trained, catalogue), looks)
    kept = looked.of_kept(table(trained), looks)
    controls = [
        hold(control, runs, steady(combinations, runs[control.untouched]))
        for control in planned.plan.controls
    ]
    records = [run.record for run in runs.values()]
    held = [record.held for record in records if record.held]
    started = [record.timing["started"] for record in records if record.timing]
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
        cells=causes.of_cells(cells, configurations, ablations),
        kept=causes.of_kept(kept, variations, there.images),
        differences={name: look for name, look in looks.items() if look.difference},
        ablations=ablations,
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
    """Write the matrix in all its forms."""
    from workflows.show import csv, markdown

    parser = argparse.ArgumentParser(prog="python -m workflows.matrix", description=__doc__)
    parser.add_argument("--plan", type=Path)
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--schema", action="store_true")
    args = parser.parse_args()
    if args.schema:
        return write_json(SCHEMA, Matrix.model_json_schema())
    matrix = collect(Planned.load(args.plan), args.results, Catalogue.read())
    write_json(args.results / "matrix.json", sealed(matrix.model_dump(mode="json")))
    write_text(args.results / "matrix.csv", csv(matrix))
    write_text(args.results / "matrix.md", markdown(matrix))
    for path, why in matrix.unusable.items():
        print(f"not used: {args.results / path}: {why}", file=sys.stderr)
    if matrix.unusable:
        print(
            f"{len(matrix.unusable)} files not used; make them again: make retry", file=sys.stderr
        )
    return None


if __name__ == "__main__":
    command(main)
