"""Many machines in one matrix: letters over all of them, and which operators part them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import reduce

import numpy as np

from workflows.common.errors import UserError
from workflows.common.files import digest
from workflows.compare.letters import letter
from workflows.compare.outcome import on_common, outcome
from workflows.publication.merge.conclusion import conclusion
from workflows.publication.merge.fingerprints import fingerprints
from workflows.publication.merge.model import Entry, MachineRow, Merged, Table
from workflows.publication.merge.sources import Source
from workflows.publication.merge.surroundings import Records, surroundings
from workflows.publication.traces import Reference
from workflows.runs.question import question as asked
from workflows.runs.record import Run, RunRecord

Key = tuple[str, str, str, str, int]
"""Benchmark, environment, device, variation and steps of a table."""


def merge(sources: list[Source]) -> Merged:
    """Put publications of several machines side by side."""
    names = _letters(sources)
    tables: dict[Key, list[Entry]] = {}
    records: dict[Key, dict[str, dict[str, RunRecord]]] = {}
    for source in sources:
        for cell in source.publication.matrix.cells:
            key = (cell.benchmark, cell.environment, cell.device, cell.variation, cell.steps)
            completed = source.completed(cell)
            if completed:
                ran = records.setdefault(key, {}).setdefault(source.name, {})
                ran[cell.configuration] = source.publication.records[completed[0]]
            distinct = [names[source.name, path] for path in completed]
            entry = Entry(
                machine=source.name, configuration=cell.configuration, verdict=cell.verdict,
                letters=list(dict.fromkeys(distinct)), reason=cell.reason,
                question=question(source, completed[0]) if completed else None,
            )  # fmt: skip
            tables.setdefault(key, []).append(entry)
    merged = Merged(
        machines=[_machine(source) for source in sources],
        conclusion=[],
        tables=[
            _table(key, entries, records.get(key), {s.name: s.program(key[0]) for s in sources})
            for key, entries in tables.items()
        ],
        fingerprints=fingerprints(sources),
    )
    return merged.model_copy(update={"conclusion": conclusion(merged)})


def _machine(source: Source) -> MachineRow:
    matrix = source.publication.matrix
    packages = {name: image.packages.get("torch", "none") for name, image in matrix.images.items()}
    return MachineRow(
        name=source.name, processor=source.hardware.words, simulated=source.hardware.simulated,
        engine=matrix.engine, started=matrix.started, signed=source.publication.signed,
        packages=packages,
    )  # fmt: skip


def _letters(sources: list[Source]) -> dict[tuple[str, str], str]:
    """Return the letter of every published run of a cell, by machine and path.

    Runs of one benchmark and length share letters. Where one of them was published with some of
    its steps, all are held against each other at the steps that every one has.
    """
    groups: dict[tuple[str, int], list[tuple[str, str, Reference]]] = {}
    for source in sources:
        for cell in source.publication.matrix.cells:
            for path in source.completed(cell):
                reference = source.publication.reference(path)
                key = (cell.benchmark, cell.steps)
                groups.setdefault(key, []).append((source.name, path, reference))
    found: dict[tuple[str, str], str] = {}
    for (benchmark, _), group in groups.items():
        one_version(benchmark, group)
        common = reduce(np.intersect1d, [reference.at for _, _, reference in group])
        runs = on_common([at(reference, common) for _, _, reference in group])
        # At steps that all have, a longer run may look like a shorter one.
        outcomes = {
            (name, path): (outcome(run), reference.record.trace.steps)
            for (name, path, reference), run in zip(group, runs, strict=True)
        }
        # The most frequent is A; most_common is stable: among equals the first seen comes first.
        frequent = [each for each, _ in Counter(outcomes.values()).most_common()]
        found |= {key: letter(frequent.index(each)) for key, each in outcomes.items()}
    return found


def one_version(benchmark: str, group: list[tuple[str, str, Reference]]) -> None:
    """Raise `UserError` where runs of a benchmark were traced by two versions of the hash."""
    versions = {ref.record.trace.fingerprint: name for name, _, ref in group}
    if len(versions) > 1:
        said = ", ".join(f"{versions[v]!r} by version {v}" for v in sorted(versions))
        raise UserError(
            f"{benchmark}: its runs were traced by two versions of the fingerprint ({said}), which "
            "cannot be compared; merge machines of one version, or run the older ones again"
        )


def question(source: Source, path: str) -> str:
    """Return the digest of what was asked of a run, settings and seed and all, but its repeat.

    A command's name says little of what it does: its program is part of what is asked.
    """
    reference = source.publication.reference(path)
    found, program = asked(reference.run), source.program(reference.record.run.benchmark)
    return found if program is None else digest([found, program])


def at(reference: Reference, common: np.ndarray) -> Run:
    """Return a published run at some of its published steps."""
    return reference.run.rows(np.isin(reference.at, common))


def _table(
    key: Key, entries: list[Entry], records: Records | None, programs: Mapping[str, str | None]
) -> Table:
    """Say which configurations agree over the machines, and what else differs between these."""
    benchmark, environment, device, variation, steps = key
    table = Table(
        benchmark=benchmark, environment=environment, device=device, variation=variation,
        steps=steps, entries=entries, agree=[], part=[], other=[],
        beside=surroundings(records, programs) if records else {},
    )  # fmt: skip
    for configuration in table.configurations:
        row = table.ran(configuration)
        if len(row) < 2 or any(e.verdict != "identical" or len(e.letters) != 1 for e in row):
            continue
        if len({entry.question for entry in row}) > 1:
            table.other.append(configuration)
            continue
        distinct = {entry.letters[0] for entry in row}
        (table.agree if len(distinct) == 1 else table.part).append(configuration)
    return table
