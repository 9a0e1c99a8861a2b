"""A fingerprint of basic operators per machine: which operator parts two machines? Pure."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np

from workflows.compare.letters import letter
from workflows.matrix.cells import Cell
from workflows.publication.merge.model import OPERATORS, Fingerprint
from workflows.publication.merge.sources import Source
from workflows.runs.question import question


class Asked(NamedTuple):
    """What two machines must have in common for their operators to be held against each other."""

    configuration: str
    environment: str
    device: str
    question: str
    operators: tuple[str, ...]


def fingerprints(sources: list[Source]) -> list[Fingerprint]:
    """Return the operators of each configuration that two machines or more computed."""
    groups: dict[Asked, dict[str, list[int]]] = {}
    for source in sources:
        for cell in source.publication.matrix.cells:
            if cell.benchmark != OPERATORS or cell.variation != "baseline":
                continue
            if found := _results(source, cell):
                asked, results = found
                groups.setdefault(asked, {})[source.name] = results
    return [_fingerprint(asked, group) for asked, group in groups.items() if len(group) > 1]


def _results(source: Source, cell: Cell) -> tuple[Asked, list[int]] | None:
    """Return what was asked and the results' bits; None unless all repeats were identical."""
    completed = source.completed(cell)
    if cell.verdict != "identical" or not completed:
        return None
    run = source.publication.reference(completed[0])
    names = [line.split()[0] for line in run.record.printed if line.split()]
    # A brief trace leaves steps out; a program that prints something else has no names here.
    if len(names) != run.record.run.steps or not np.array_equal(run.at, np.arange(len(names))):
        return None
    asked = Asked(
        cell.configuration, cell.environment, cell.device, question(run.run), tuple(names)
    )
    return asked, run.run.column("batch").tolist()  # here the result


def _fingerprint(asked: Asked, group: dict[str, list[int]]) -> Fingerprint:
    """Name the distinct results of each operator; the most frequent is A."""
    names = []
    for column in zip(*group.values(), strict=True):
        frequent = [value for value, _ in Counter(column).most_common()]
        names.append([letter(frequent.index(value)) for value in column])
    rows = zip(group, zip(*names, strict=True), strict=True)
    return Fingerprint(
        configuration=asked.configuration, environment=asked.environment, device=asked.device,
        operators=list(asked.operators), letters={machine: list(row) for machine, row in rows},
    )  # fmt: skip
