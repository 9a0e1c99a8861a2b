"""Which files of this project a file imports, however far."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from workflows.common.paths import ROOT

BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
"""Where a node of a program's tree holds statements."""


def imports(path: Path, root: Path) -> set[str]:
    """Return the files below `root` that a file imports, anywhere in it, with their packages'."""
    names: set[str] = set()
    for node in _statements(path.read_bytes()):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        else:
            parts = path.relative_to(root).parts[: -node.level] if node.level else ()
            base = [*parts, *([node.module] if node.module else [])]
            names |= {".".join([*base, alias.name]) for alias in node.names}
    return {file for name in names for file in files_of(name, root)}


@cache
def _statements(text: bytes) -> list[ast.Import | ast.ImportFrom]:
    """Return the import statements of a file's text; parsed once, as many stages ask."""
    try:
        ahead: list[ast.AST] = [ast.parse(text)]
    except (SyntaxError, ValueError):  # whoever runs it is told
        return []
    found: list[ast.Import | ast.ImportFrom] = []
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.append(node)
        for name in BLOCKS:  # an expression, of which there are many more, holds none
            ahead += getattr(node, name, ())
    return found


@cache
def files_of(name: str, root: Path) -> list[str]:
    """Return the files that a dotted name stands for: of each package on the way, and its own."""
    parts = name.split(".")
    stems = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    files = [f"{stem}/__init__.py" for stem in stems] + [f"{stem}.py" for stem in stems]
    return [file for file in files if (root / file).is_file()]


def closure(*files: str, root: Path = ROOT) -> list[str]:
    """Return files with all that they import, however far, from the project's folder."""
    found: set[str] = set()
    ahead = set(files)
    while ahead:
        file = ahead.pop()
        found.add(file)
        ahead |= imports(root / file, root) - found
    return sorted(found)
