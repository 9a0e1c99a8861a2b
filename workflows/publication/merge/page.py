"""A merged matrix as one page that needs no other file and no script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from workflows.publication.merge.conclusion import across, listed
from workflows.publication.merge.model import Entry, Merged, Table
from workflows.publication.merge.text import LEGEND, alone, beside, body, compared, machines, title
from workflows.report.html import environment


def shared(letter: str, letters: Iterable[str]) -> str:
    """Return a letter's class: whether another machine has the same."""
    return "identical" if Counter(letters)[letter] > 1 else "alone"


def shade(table: Table, entry: Entry) -> str:
    """Return a cell's class: its verdict; where machines part, whether another has its letter."""
    if entry.configuration not in table.part:
        return entry.verdict
    column = [each.letters[0] for each in table.ran(entry.configuration)]
    return shared(entry.letters[0], column) if entry.verdict == "identical" else entry.verdict


def whose(table: Table) -> list[str]:
    """Return whose each letter is, in a line for configurations that part the machines alike."""
    lines: dict[str, list[str]] = {}
    for configuration in table.part:
        found: dict[str, list[str]] = {}
        for entry in table.ran(configuration):
            found.setdefault(" ".join(entry.letters), []).append(entry.machine)
        told = "; ".join(f"{letter}: {', '.join(names)}" for letter, names in found.items())
        lines.setdefault(told, []).append(configuration)
    return [f"whose letters, under {listed(names)}: {told}" for told, names in lines.items()]


def page(merged: Merged) -> str:
    """Return the page."""
    template = environment().get_template("merged.html.j2")
    return template.render(
        merged=merged,
        legend=LEGEND,
        tables=compared(merged),
        body=body,
        beside=beside,
        alone=alone(merged),
        machines=machines(merged),
        title=title,
        across=across,
        shade=shade,
        shared=shared,
        whose=whose,
    )
