"""The costs for people: configurations by benchmarks, in words with their intervals.

`python -m workflows.studies.costs.table results/costs/cpu/cpu/*.json` prints the table.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from workflows.common.errors import command
from workflows.common.text_table import Table, drawn
from workflows.studies.costs.result import Costs, Row

CONTROL = "control: unseeded again"
TRACING = "tracing: unseeded, traced"


def rows(costs: Costs) -> dict[str, Row]:
    """Return all rows of a benchmark by what they are called."""
    named = {row.configuration: row for row in costs.rows}
    return {**named, TRACING: costs.tracing, CONTROL: costs.control}


def text(costs: Costs, name: str) -> str:
    """Return what the table says in one cell."""
    row = rows(costs).get(name)
    if row is None:
        return ""
    if costs.disturbed and row.estimate and name != CONTROL:
        return f"not to be trusted: {row.words}"
    return row.words


def table(found: list[Costs]) -> Table:
    """Return heads and rows for all benchmarks of one place: a row for each configuration."""
    names = list(dict.fromkeys(name for costs in found for name in rows(costs)))
    names.sort(key=(TRACING, CONTROL).__contains__)
    heads = ["step time against unseeded", *(costs.benchmark for costs in found)]
    return heads, [[name, *(text(costs, name) for costs in found)] for name in names]


def places(found: list[Costs]) -> list[tuple[str, list[Costs]]]:
    """Return the tables by place, each with its heading."""
    groups: dict[str, list[Costs]] = {}
    for costs in found:
        place = f"{costs.environment} on {costs.device}"
        groups.setdefault(f"{place}: what each configuration costs", []).append(costs)
    return list(groups.items())


def tables(found: list[Costs]) -> list[tuple[str, Table]]:
    """Return the table of every place with its heading."""
    return [(title, table(group)) for title, group in places(found)]


def notes(found: list[Costs]) -> list[str]:
    """Return how each benchmark was measured, what is not known and why, and what disturbed it."""
    lines = []
    for costs in found:
        place = f"{costs.benchmark}, {costs.environment} on {costs.device}"
        loads = [load for each in costs.rounds for load in (each.load_before, each.load_after)]
        machine = costs.machine.gpu or costs.machine.processor
        lines.append(
            f"{place}: {len(costs.rounds)} rounds of {costs.steps} steps; median step time, its "
            f"interval at {100 * costs.confidence:.1f} % for each row; load {min(loads)} to "
            f"{max(loads)} on {costs.machine.cores} cores; {machine}"
        )
        if costs.disturbed:
            lines.append(f"{place}: NOT TO BE TRUSTED: {costs.disturbed}")
        reasons: dict[str, list[str]] = {}
        for name, row in rows(costs).items():
            if row.reason:
                reasons.setdefault(f"{row.verdict}: {row.reason}", []).append(name)
        lines += [f"{place}: {', '.join(names)} {why}" for why, names in reasons.items()]
    return lines


def main() -> None:
    """Print the tables of the named files."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.studies.costs.table", description=__doc__
    )
    parser.add_argument("costs", type=Path, nargs="+")
    found = [Costs.load(path) for path in parser.parse_args().costs]
    for each in tables(found):
        print(f"{drawn(*each)}\n")
    print("\n".join(notes(found)))


if __name__ == "__main__":
    command(main)
