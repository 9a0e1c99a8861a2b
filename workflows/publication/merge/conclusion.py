"""What a merged matrix says, in sentences. Pure."""

from __future__ import annotations

from workflows.publication.merge.model import OPERATORS, Merged, Table


def conclusion(merged: Merged) -> list[str]:
    """Return it in a few sentences: who agrees, who does not, and which operators part them."""
    trained = [
        table
        for table in merged.tables
        if table.variation == "baseline" and table.benchmark != OPERATORS
    ]
    found = [_agreeing(trained), _parting(trained)]
    if not any(len(table.machines) > 1 for table in merged.tables):
        found = [
            "No two of them ran the same benchmark in an environment of the same name, on the "
            "same device and for as many steps: nothing can be compared."
        ]
    return [*filter(None, [counted(merged), *found, *_operators(merged), _software(merged)])]


def counted(merged: Merged) -> str:
    """Return how many machines there are, and which are none of metal."""
    number = len(merged.machines)
    simulated = sum(machine.simulated for machine in merged.machines)
    if simulated == number:
        return f"{number} machines, all of them simulated by QEMU."
    return f"{number} machines" + (
        f", {simulated} of them simulated by QEMU." if simulated else "."
    )


def across(table: Table, configuration: str) -> str:
    """Return in a few words what a column says: do the machines agree?"""
    ran, all_of_them = table.ran(configuration), len(table.machines)
    if configuration in table.agree:
        return f"agree on {extent(len(ran), all_of_them)}"
    if configuration in table.part:
        return f"part: {len({entry.letters[0] for entry in ran})} outcomes on {len(ran)} machines"
    if configuration in table.other:
        return "not asked the same"
    if len(ran) < 2:
        return "fewer than two machines ran it"
    return "not identical on each"


def extent(ran: int, machines: int) -> str:
    """Return how many machines ran a configuration."""
    if ran < machines:
        return f"the {ran} of {machines} that ran it"
    return "both" if machines == 2 else f"all {machines}"


def listed(names: list[str]) -> str:
    """Return names as a list in a sentence."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def _agreeing(tables: list[Table]) -> str:
    """Say which configurations give the same bits wherever they were compared."""
    groups: dict[tuple[str, str], list[str]] = {}
    for configuration in _names(tables):
        agree = [table for table in tables if configuration in table.agree]
        if not agree or any(configuration in table.part for table in tables):
            continue
        extents = [extent(len(t.ran(configuration)), len(t.machines)) for t in agree]
        key = (listed(list(dict.fromkeys(extents))), _places(agree))
        groups.setdefault(key, []).append(configuration)
    parts = [f"on {where}: {listed(names)}, in {at}" for (where, at), names in groups.items()]
    return f"The same bits {'; '.join(parts)}." if parts else ""


def _parting(tables: list[Table]) -> str:
    """Say which configurations repeat on each machine but give other bits on another."""
    groups: dict[str, list[str]] = {}
    for configuration in _names(tables):
        if parted := [table for table in tables if configuration in table.part]:
            groups.setdefault(_places(parted), []).append(configuration)
    parts = [f"{listed(names)}, in {places}" for places, names in groups.items()]
    return f"Identical on each, but not across them: {'; '.join(parts)}." if parts else ""


def _operators(merged: Merged) -> list[str]:
    """Say which operators give other bits on another machine, by configuration."""
    groups: dict[str, list[str]] = {}
    for each in merged.fingerprints:
        groups.setdefault(", ".join(each.differ) or "none", []).append(each.configuration)
    parts = [f"under {listed(list(dict.fromkeys(n)))}: {which}" for which, n in groups.items()]
    return [f"Operators that part them {'; '.join(parts)}."] if parts else []


def _software(merged: Merged) -> str:
    """Warn where a difference need not be the machines'."""
    names = dict.fromkeys(name for machine in merged.machines for name in machine.packages)
    for name in names:
        versions = {m.packages[name]: None for m in merged.machines if name in m.packages}
        if len(versions) > 1:
            return (
                f"The environment {name} is not the same everywhere (torch "
                f"{listed(list(versions))}): what differs may be the software."
            )
    return ""


def _names(tables: list[Table]) -> list[str]:
    return list(dict.fromkeys(name for table in tables for name in table.configurations))


def _places(tables: list[Table]) -> str:
    return listed([f"{t.benchmark} ({t.steps} steps on {t.device})" for t in tables])
