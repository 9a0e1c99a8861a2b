"""A merged matrix as tables of text: for the terminal, and for Markdown."""

from __future__ import annotations

from workflows.common.text_table import Table as Drawn
from workflows.common.text_table import drawn
from workflows.publication.merge.conclusion import across, listed
from workflows.publication.merge.model import Entry, Fingerprint, Merged, Table

LEGEND = (
    "Runs of one benchmark and length with the same letter are equal in every bit, on whatever "
    "machine; the last row says whether the machines agree."
)


def text(entry: Entry | None) -> str:
    """Return what the table says in one cell."""
    return f"{entry.verdict} {' '.join(entry.letters)}".strip() if entry else ""


def title(table: Table) -> str:
    """Return what stands over a table."""
    varied = "" if table.variation == "baseline" else f", {table.variation}"
    place = f"{table.environment} on {table.device}"
    return f"{table.benchmark}, {place}{varied}: {table.steps} steps"


def compared(merged: Merged) -> list[Table]:
    """Return the tables, and their columns, of more than one machine: others compare nothing."""
    tables = [
        table.model_copy(
            update={"entries": [e for e in table.entries if len(_machines(table, e)) > 1]}
        )
        for table in merged.tables
    ]
    return [table for table in tables if table.entries]


def alone(merged: Merged) -> list[str]:
    """Return in a line each what one machine alone ran."""
    found: dict[tuple[str, str], list[str]] = {}
    for table in merged.tables:
        for entry in table.entries:
            if entry.verdict != "not-run" and len(_machines(table, entry)) == 1:
                found.setdefault((entry.machine, title(table)), []).append(entry.configuration)
    return [f"{name} alone: {where}, {listed(under)}" for (name, where), under in found.items()]


def _machines(table: Table, entry: Entry) -> set[str]:
    """Return the machines in an entry's column."""
    column = [each for each in table.entries if each.configuration == entry.configuration]
    return {each.machine for each in column}


def body(table: Table) -> list[tuple[str, list[Entry | None]]]:
    """Return a row for each machine, with what it found under each configuration."""
    by_name = {(entry.machine, entry.configuration): entry for entry in table.entries}
    return [
        (name, [by_name.get((name, configuration)) for configuration in table.configurations])
        for name in table.machines
    ]


def beside(table: Table) -> list[str]:
    """Return in a line for each machine what else differs between it and the first one."""
    return [
        f"what else differs, {pair}: {'; '.join(lines) or 'nothing that is recorded'}"
        for pair, lines in table.beside.items()
    ]


def rows(table: Table) -> Drawn:
    """Return heads and rows of text, with a last one that says whether the machines agree."""
    found = [[name, *map(text, entries)] for name, entries in body(table)]
    last = ["across them", *(across(table, c) for c in table.configurations)]
    return ["machine", *table.configurations], [*found, last]


def operators(fingerprint: Fingerprint, style: str) -> str:
    """Return the operators that part the machines, machine by machine, and name the others."""
    differ = fingerprint.differ
    equal = [name for name in fingerprint.operators if name not in differ]
    place = f"{fingerprint.environment} on {fingerprint.device}"
    head = f"Operators under {fingerprint.configuration}, {place}: "
    if not differ:
        return f"{head}none parts {listed(list(fingerprint.letters))}"
    head += f"equal on all of these: {', '.join(equal) or 'none'}"
    letters = {
        machine: dict(zip(fingerprint.operators, row, strict=True))
        for machine, row in fingerprint.letters.items()
    }
    body = [[machine, *(row[name] for name in differ)] for machine, row in letters.items()]
    return drawn(head, (["machine", *differ], body), style)


def machines(merged: Merged) -> Drawn:
    """Return heads and rows of the table of machines."""
    heads = ["machine", "processor", "simulated", "engine", "started", "torch", "signature"]
    return heads, [
        [m.name, m.processor, "by QEMU" if m.simulated else "no", m.engine, m.started or "",
         ", ".join(f"{name} {version}" for name, version in m.packages.items()), m.signed]
        for m in merged.machines
    ]  # fmt: skip


def render(merged: Merged, style: str) -> str:
    """Return all tables, in one of tabulate's styles."""
    parts = [" ".join(merged.conclusion), LEGEND]
    for table in compared(merged):
        parts += [drawn(title(table), rows(table), style)]
        parts += ["\n".join(f"- {line}" for line in beside(table))] if table.beside else []
    parts += [operators(each, style) for each in merged.fingerprints]
    parts += ["\n".join(f"- {line}" for line in alone(merged))] if alone(merged) else []
    return "\n\n".join([*parts, drawn("Machines", machines(merged), style)]) + "\n"
