"""A merged matrix as one page that needs no other file and no script."""

from __future__ import annotations

from workflows.merging.conclusion import across
from workflows.merging.model import Entry, Merged, Table
from workflows.merging.text import LEGEND, alone, compared, machines, text, title
from workflows.report.page import environment


def shade(table: Table, entry: Entry | None) -> str:
    """Return a cell's class: its verdict; where machines part, whether it is with the most."""
    if entry is None or entry.configuration not in table.part:
        return entry.verdict if entry else ""
    return "identical" if entry.letters == ["A"] else "differs"


def page(merged: Merged) -> str:
    """Return the page."""
    entries = [
        (table, {(entry.machine, entry.configuration): entry for entry in table.entries})
        for table in compared(merged)
    ]
    template = environment().get_template("merged.html.j2")
    return template.render(
        merged=merged,
        legend=LEGEND,
        tables=entries,
        alone=alone(merged),
        machines=machines(merged),
        title=title,
        across=across,
        shade=shade,
        text=text,
    )
