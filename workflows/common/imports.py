"""Which files of this project a file imports, however far."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from workflows.common import files, paths

BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
"""Where a node of a program's tree holds statements."""


class Statement(NamedTuple):
    """One statement: what `import` names, or what it names `from` a module at a level."""

    level: int | None
    """Of `from`: the number of leading dots; None: it is a plain `import`."""
    module: str | None
    names: list[str]


def imports(path: Path, root: Path) -> set[str]:
    """Return the files below `root` that a file imports, anywhere in it, with their packages'."""
    names: set[str] = set()
    for level, module, imported in parsed(path.read_bytes()):
        if level is None:
            names |= {*imported}
        else:
            parts = path.relative_to(root).parts[:-level] if level else ()
            base = [*parts, *([module] if module else [])]
            names |= {".".join([*base, name]) for name in imported}
    return {file for name in names for file in files_of(name, root)}


@cache
def parsed(text: bytes) -> list[Statement]:
    """Return the import statements of a file's text.

    They are kept in the cache under the text's SHA-256: parsing takes most of the time in which a
    run, or Snakemake, is got ready.
    """
    version = ".".join(map(str, sys.version_info[:2]))  # each has a grammar of its own
    kept = paths.cache("imports") / version / f"{hashlib.sha256(text).hexdigest()}.json"
    with suppress(OSError, ValueError, TypeError):
        return [Statement(*each) for each in json.loads(kept.read_text(encoding="utf-8"))]
    found = _statements(text)
    with suppress(OSError):
        files.write_text(kept, json.dumps(found))
    return found


def _statements(text: bytes) -> list[Statement]:
    try:
        ahead: list[ast.AST] = [ast.parse(text)]
    except (SyntaxError, ValueError):  # whoever runs it is told
        return []
    found = []
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.Import):
            found.append(Statement(None, None, [alias.name for alias in node.names]))
        elif isinstance(node, ast.ImportFrom):
            found.append(Statement(node.level, node.module, [alias.name for alias in node.names]))
        for name in BLOCKS:  # an expression, of which there are many more, holds none
            ahead += getattr(node, name, ())
    return found


@cache
def files_of(name: str, root: Path) -> list[str]:
    """Return the files that a dotted name stands for: of each package on the way, and its own."""
    parts = name.split(".")
    stems = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    files = [f"{stem}/__init__.py" for stem in stems] + [f"{stem}.py" for stem in stems]
    # Thousands of names are looked for: by Path it takes four times as long.
    return [file for file in files if os.path.isfile(f"{root}/{file}")]  # noqa: PTH113


def closure(*files: str, root: Path = paths.ROOT) -> list[str]:
    """Return files with all that they import, however far, from the project's folder."""
    found: set[str] = set()
    ahead = set(files)
    while ahead:
        file = ahead.pop()
        found.add(file)
        ahead |= imports(root / file, root) - found
    return sorted(found)
