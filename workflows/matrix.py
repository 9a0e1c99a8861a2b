"""The matrix: every combination's verdict, and the letters of equal runs across all of them.

`python -m workflows.matrix --plan results/plan.json --results results` writes `matrix.json`,
`matrix.csv` and `matrix.md`; `--schema` writes the matrix's JSON Schema instead.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from workflows.catalogue import Catalogue, Published
from workflows.errors import UserError, command
from workflows.experiment import Experiment
from workflows.files import write_json, write_text
from workflows.images.record import ImageRecord
from workflows.places import ROOT
from workflows.plan import Combination, RunSpecification
from workflows.planned import Planned
from workflows.published import Agreement, agreement
from workflows.records import Run, read
from workflows.verdict import Verdict, judge

SCHEMA = ROOT / "workflows" / "schemas" / "matrix.json"


class Spread(BaseModel):
    """The last step's loss over the repeats of a combination."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    minimum: float
    maximum: float
    standard_deviation: float


class Cell(Verdict, Combination):
    """One combination with its verdict."""

    classes: list[str] = Field(description="one letter per completed repeat, in their order")
    final_loss: Spread | None
    published: Agreement | None
    machines: list[str] = Field(description="processor or GPU of the completed repeats, distinct")
    step_seconds: float | None = Field(description="median wall time of a step over the repeats")
    steps: int
    records: list[str] = Field(description="the repeats' records, below the results folder")


class Matrix(BaseModel):
    """All cells of an experiment on one machine."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    experiment: Experiment
    engine: str
    why: str = Field(description="why that engine was taken")
    left_out: list[str] = Field(description="combinations that were not planned, and why")
    started: str | None = Field(description="when the first run started, ISO 8601")
    machine: dict[str, Any] | None = Field(description="what held in the first completed run")
    images: dict[str, ImageRecord]
    cells: list[Cell]

    @property
    def failed(self) -> list[Cell]:
        """Cells in which a run failed."""
        return [cell for cell in self.cells if cell.verdict == "failed"]


def letter(index: int) -> str:
    """Return the name of the class of that index: A … Z, AA, AB, …"""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def letters(runs: list[Run]) -> dict[str, str]:
    """Name the distinct outcomes of one benchmark: the most frequent is A, then as they come."""
    counts = Counter(run.digest for run in runs if run.record.status == "completed")
    # most_common is stable: among equals the first seen comes first.
    return {digest: letter(i) for i, (digest, _) in enumerate(counts.most_common())}


def spread(runs: list[Run]) -> Spread | None:
    """Return the spread of the last loss; None without a completed run or if one diverged."""
    losses = [float(r.losses[-1]) for r in runs if r.record.status == "completed"]
    if not losses or not all(map(math.isfinite, losses)):
        return None
    return Spread(
        minimum=min(losses), maximum=max(losses), standard_deviation=statistics.pstdev(losses)
    )


def closeness(runs: list[Run], published: Published | None) -> Agreement | None:
    """Return how close the first completed run came, if it was seeded as the published one."""
    asked = runs[0].record.run
    if not published or "torch-seed" not in asked.settings or asked.seed != published.seed:
        return None
    printed = [run.record.printed for run in runs if run.record.status == "completed"]
    return agreement(printed[0], published) if printed else None


def machine(run: Run) -> str:
    """Return what a run computed on, in words: another processor or GPU rounds differently."""
    held = run.record.held or {}
    gpu = held.get("gpu")
    if run.record.run.device == "cuda" and gpu:
        return f"{gpu['name']}, {gpu['driver']}"
    processor, flags = held.get("processor", {}), held.get("flags", {})
    return f"{processor.get('model')}, {flags.get('cpu_capability')}"


def cell(
    combination: Combination, runs: list[Run], names: dict[str, str], published: Published | None
) -> Cell:
    """Judge one combination."""
    completed = [run for run in runs if run.record.status == "completed"]
    times = [r.record.timing["step_seconds"] for r in completed if r.record.timing]
    return Cell(
        **combination.model_dump(),
        **dict(judge(runs)),
        classes=[names[run.digest] for run in completed],
        final_loss=spread(runs),
        published=closeness(runs, published),
        machines=list(dict.fromkeys(machine(run) for run in completed)),
        step_seconds=statistics.median(times) if times else None,
        steps=runs[0].record.run.steps,
        records=[f"runs/{run.record.run.path}.json" for run in runs],
    )


def collect(planned: Planned, results: Path, catalogue: Catalogue) -> Matrix:
    """Read all records of a plan and judge them."""
    combinations: dict[Combination, list[Run]] = defaultdict(list)
    benchmarks: dict[str, list[Run]] = defaultdict(list)
    images = {
        name: ImageRecord.load(results / "images" / f"{name}.json")
        for name in planned.experiment.environments
    }
    for specification in planned.plan.runs:
        run = read(results / "runs" / f"{specification.path}.json")
        identity = planned.identities[specification.path]
        check_asked(run, specification, identity, images[specification.environment])
        combinations[specification.combination].append(run)
        benchmarks[specification.benchmark].append(run)
    names = {benchmark: letters(runs) for benchmark, runs in benchmarks.items()}
    cells = [
        cell(c, runs, names[c.benchmark], catalogue.benchmarks[c.benchmark].published)
        for c, runs in combinations.items()
    ]
    records = [run.record for runs in benchmarks.values() for run in runs]
    held = [record.held for record in records if record.held]
    started = [record.timing["started"] for record in records if record.timing]
    return Matrix(
        experiment=planned.experiment,
        engine=planned.engine,
        why=planned.why,
        left_out=planned.plan.left_out,
        started=min(started, default=None),
        machine=held[0] if held else None,
        images=images,
        cells=cells,
    )


def check_asked(
    run: Run, specification: RunSpecification, identity: str, image: ImageRecord
) -> None:
    """Refuse a record that answers another question than the plan's, or from another image."""
    path, used = f"runs/{specification.path}.json", run.record.image
    again = f"make it again: snakemake -f results/{path}"
    if run.record.run != specification:
        raise UserError(f"{path}: is the record of another run, {run.record.run.path}; {again}")
    if run.record.identity != identity:
        raise UserError(f"{path}: ran other code or settings than there are now; {again}")
    was, now = used.content_digest[:12] if used else "none", image.content_digest[:12]
    if not used or used.content_digest != image.content_digest:
        raise UserError(f"{path}: ran in image {was}, {image.environment} is now {now}; {again}")


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
    write_json(args.results / "matrix.json", matrix.model_dump(mode="json"))
    write_text(args.results / "matrix.csv", csv(matrix))
    write_text(args.results / "matrix.md", markdown(matrix))
    return None


if __name__ == "__main__":
    command(main)
