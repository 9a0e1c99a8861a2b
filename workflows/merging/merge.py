"""`python -m workflows.merging.merge A.zip HOME=B.zip …`: many machines, one matrix.

Each is a publication, checked as data from a stranger, or a results folder of one's own; `NAME=`
says what its machine is called. Writes merged.json and merged.md into the output's folder.
"""

from __future__ import annotations

import argparse
import html
from pathlib import Path
from typing import Any

from workflows.drawn import drawn
from workflows.errors import UserError, command
from workflows.files import write_json, write_text
from workflows.merging.merged import Entry, Merged, Table, merge
from workflows.merging.sources import read_all
from workflows.places import ROOT
from workflows.verification.limits import printable

SCHEMA = ROOT / "workflows" / "schemas" / "merged.json"


def text(entry: Entry | None) -> str:
    """Return what the table says in one cell."""
    return f"{entry.verdict} {' '.join(entry.letters)}".strip() if entry else ""


def rows(table: Table) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows: a row for each machine, a column for each configuration."""
    configurations = list(dict.fromkeys(entry.configuration for entry in table.entries))
    by_name = {(entry.machine, entry.configuration): entry for entry in table.entries}
    machines = list(dict.fromkeys(entry.machine for entry in table.entries))
    body = [[m, *(text(by_name.get((m, c))) for c in configurations)] for m in machines]
    return ["machine", *configurations], body


def said(table: Table) -> str:
    """Return in one line which configurations agree."""
    if len({entry.machine for entry in table.entries}) < 2:
        return "one machine alone"
    parts = [
        f"{verb}: {', '.join(names)}"
        for verb, names in (
            ("machines agree", table.agree),
            ("machines part", table.part),
            ("not asked the same", table.other),
        )
        if names
    ]
    return "; ".join(parts) or "no configuration is identical on two machines"


def render(merged: Merged, style: str) -> str:
    """Return all tables, in one of tabulate's styles."""
    parts = []
    for table in merged.tables:
        varied = "" if table.variation == "baseline" else f", {table.variation}"
        place = f"{table.environment} on {table.device}"
        title = f"{table.benchmark}, {place}{varied}: {table.steps} steps; {said(table)}"
        parts.append(drawn(title, rows(table), style))
    lines = [
        f"{each.configuration}, {each.environment} on {each.device}: {each.machines[0]} and "
        f"{each.machines[1]}: "
        + (f"{', '.join(each.differ)} differ" if each.differ else "no operator differs")
        + (f"; equal: {', '.join(each.equal)}" if each.equal else "")
        for each in merged.operators
    ]
    if lines:
        parts.append("Operators that part two machines\n\n" + "\n".join(f"- {x}" for x in lines))
    heads = ["machine", "engine", "started", "torch", "signature"]
    body = [
        [m.name, m.engine, m.started or "", ", ".join(f"{k} {v}" for k, v in m.packages.items()),
         m.signed]
        for m in merged.machines
    ]  # fmt: skip
    return "\n\n".join([*parts, drawn("Machines", (heads, body), style)]) + "\n"


def main() -> None:
    """Merge what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m workflows.merging.merge", description=__doc__)
    add: Any = parser.add_argument
    add("sources", nargs="*", help="publications or results folders, each PATH or NAME=PATH")
    add("--output", type=Path, default=Path("results/merged"), help="the folder to write")
    add("--signers", type=Path, help="allowed signers: publications must be signed by one")
    add("--schema", action="store_true", help="write the JSON Schema instead")
    args = parser.parse_args()
    if args.schema:
        return write_json(SCHEMA, Merged.model_json_schema())
    if not args.sources:
        raise UserError('nothing to merge: make merge FROM="here=results there=other.zip"')
    merged = merge(read_all(args.sources, args.output / "sources", args.signers))
    write_json(args.output / "merged.json", merged.model_dump(mode="json"))
    text = html.escape(printable(render(merged, "github")), quote=False)  # Markdown takes HTML
    write_text(args.output / "merged.md", f"# Many machines\n\n{text}")
    print("\n" + printable(render(merged, "rounded_outline")))
    return None


if __name__ == "__main__":
    command(main)
