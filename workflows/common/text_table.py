"""Tables as heads and rows, and how they are drawn."""

from __future__ import annotations

from tabulate import tabulate

Table = tuple[list[str], list[list[str]]]


def drawn(title: str, found: Table, style: str = "rounded_outline") -> str:
    """Return a table below its title, in one of tabulate's styles."""
    heads, rows = found
    return f"{title}\n\n{tabulate(rows, heads, tablefmt=style)}"
