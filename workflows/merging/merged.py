"""Many machines in one matrix: letters over all of them, and which operators part them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import reduce
from itertools import combinations
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from workflows.cells import Cell, letter
from workflows.history.campaign import question as asked
from workflows.merging.sources import Source
from workflows.publication.traces import Reference
from workflows.records import Run
from workflows.verdict import VerdictName

OPERATORS = "operators"
"""The benchmark that computes one operator a step and prints its name."""

_BATCH = 0  # the column of a trace that fingerprints the step's batch, here the result


class Strict(BaseModel):
    """A part of the merged matrix."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Machine(Strict):
    """Where a row comes from."""

    name: str
    engine: str
    started: str | None
    signed: str
    packages: dict[str, str] = Field(description="torch of each environment")


class Entry(Strict):
    """One configuration on one machine."""

    machine: str
    configuration: str
    verdict: VerdictName
    letters: list[str] = Field(description="distinct ones of the published runs")
    question: str | None = Field(description="SHA-256 of what was asked; None: nothing published")
    reason: str | None


class Table(Strict):
    """One benchmark in one place under one variation: machines by configurations."""

    benchmark: str
    environment: str
    device: str
    variation: str
    steps: int
    entries: list[Entry]
    agree: list[str] = Field(description="configurations with one letter on two machines or more")
    part: list[str] = Field(description="configurations that repeat on each but not across them")
    other: list[str] = Field(description="configurations that were not asked the same everywhere")


class Operators(Strict):
    """Which operators give other bits on two machines."""

    configuration: str
    environment: str
    device: str
    machines: tuple[str, str]
    differ: list[str]
    equal: list[str]


class Merged(Strict):
    """The matrix of many machines."""

    schema_version: Literal[1] = 1
    machines: list[Machine]
    tables: list[Table]
    operators: list[Operators]


def merge(sources: list[Source]) -> Merged:
    """Put publications of several machines side by side."""
    names = _letters(sources)
    tables: dict[tuple[str, str, str, str, int], list[Entry]] = {}
    for source in sources:
        for cell in source.publication.matrix.cells:
            key = (cell.benchmark, cell.environment, cell.device, cell.variation, cell.steps)
            completed = _completed(source, cell)
            distinct = [names[source.name, path] for path in completed]
            entry = Entry(
                machine=source.name, configuration=cell.configuration, verdict=cell.verdict,
                letters=list(dict.fromkeys(distinct)), reason=cell.reason,
                question=question(source, completed[0]) if completed else None,
            )  # fmt: skip
            tables.setdefault(key, []).append(entry)
    return Merged(
        machines=[_machine(source) for source in sources],
        tables=[_table(key, entries) for key, entries in tables.items()],
        operators=list(_operators(sources)),
    )


def _machine(source: Source) -> Machine:
    matrix = source.publication.matrix
    packages = {name: image.packages.get("torch", "none") for name, image in matrix.images.items()}
    return Machine(
        name=source.name, engine=matrix.engine, started=matrix.started,
        signed=source.publication.signed, packages=packages,
    )  # fmt: skip


def _completed(source: Source, cell: Cell) -> list[str]:
    """Return the paths of a cell's completed runs that were published."""
    records = source.publication.records
    return [path for path in cell.runs if path in records and records[path].status == "completed"]


def _letters(sources: list[Source]) -> dict[tuple[str, str], str]:
    """Return the letter of every published run of a cell, by machine and path.

    Runs of one benchmark and length share letters. Where one of them was published with some of
    its steps, all are held against each other at the steps that every one has.
    """
    groups: dict[tuple[str, int], list[tuple[str, str, Reference]]] = {}
    for source in sources:
        for cell in source.publication.matrix.cells:
            for path in _completed(source, cell):
                reference = source.publication.reference(path)
                key = (cell.benchmark, cell.steps)
                groups.setdefault(key, []).append((source.name, path, reference))
    found: dict[tuple[str, str], str] = {}
    for group in groups.values():
        common = reduce(np.intersect1d, [reference.at for _, _, reference in group])
        outcomes = {(name, path): at(ref, common).digest for name, path, ref in group}
        # The most frequent is A; most_common is stable: among equals the first seen comes first.
        frequent = [outcome for outcome, _ in Counter(outcomes.values()).most_common()]
        found |= {key: letter(frequent.index(outcome)) for key, outcome in outcomes.items()}
    return found


def question(source: Source, path: str) -> str:
    """Return the digest of what was asked of a run, settings and seed and all, but its repeat."""
    return asked(source.publication.reference(path).run)


def at(reference: Reference, common: np.ndarray) -> Run:
    """Return a published run at some of its published steps."""
    rows = np.isin(reference.at, common)
    run = reference.run
    return Run(run.record, run.initial, run.steps[rows], run.losses[rows])


def _table(key: tuple[str, str, str, str, int], entries: list[Entry]) -> Table:
    """Say which configurations agree over the machines."""
    agree: list[str] = []
    part: list[str] = []
    other: list[str] = []
    for configuration in dict.fromkeys(entry.configuration for entry in entries):
        row = [e for e in entries if e.configuration == configuration and e.verdict != "not-run"]
        if len(row) < 2 or any(e.verdict != "identical" or len(e.letters) != 1 for e in row):
            continue
        if len({entry.question for entry in row}) > 1:
            other.append(configuration)
            continue
        distinct = {entry.letters[0] for entry in row}
        (agree if len(distinct) == 1 else part).append(configuration)
    benchmark, environment, device, variation, steps = key
    return Table(
        benchmark=benchmark, environment=environment, device=device, variation=variation,
        steps=steps, entries=entries, agree=agree, part=part, other=other,
    )  # fmt: skip


def _operators(sources: list[Source]) -> Iterator[Operators]:
    """Hold the operators of every two machines against each other."""
    for a, b in combinations(sources, 2):
        theirs = {cell.folder: cell for cell in b.publication.matrix.cells}
        for cell in a.publication.matrix.cells:
            other = theirs.get(cell.folder)
            if cell.benchmark != OPERATORS or cell.variation != "baseline" or other is None:
                continue
            runs = [_completed(a, cell), _completed(b, other)]
            steady = cell.verdict == other.verdict == "identical"
            if not steady or not all(runs) or question(a, runs[0][0]) != question(b, runs[1][0]):
                continue
            left, right = (
                source.publication.reference(paths[0])
                for source, paths in zip((a, b), runs, strict=True)
            )
            names, theirs_named = (
                [line.split()[0] for line in side.record.printed if line.split()]
                for side in (left, right)
            )
            if names != theirs_named:  # of another revision: another list of operators
                continue
            common = [
                (names[step], bool(left.steps[i, _BATCH] == right.steps[j, _BATCH]))
                for i, step in enumerate(left.at.tolist())
                for j in np.flatnonzero(right.at == step).tolist()
                if step < len(names)
            ]
            yield Operators(
                configuration=cell.configuration, environment=cell.environment,
                device=cell.device, machines=(a.name, b.name),
                differ=[name for name, equal in common if not equal],
                equal=[name for name, equal in common if equal],
            )  # fmt: skip
