"""Markdown from plain values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

WIDE = "---\nhide: [toc]\n---\n\n"
"""Before a page whose tables need the room of its table of contents."""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a bar or a line's end in a cell does not end the cell."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(_cell(c) for c in line) + " |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def code(value: Any) -> str:
    """Return a value as code: text as it is, anything else as JSON."""
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def codes(names: Iterable[Any]) -> str:
    """Return values as code, with commas between."""
    return ", ".join(code(name) for name in names)
