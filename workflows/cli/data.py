"""`reprise data`: say the digest of one's own data, and keep the copy that runs read.

Prints the line for an experiment's file. A verification of somebody's publication finds the data
by that digest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflows.common.arguments import Parser
from workflows.common.errors import UserError, command
from workflows.data.look import look
from workflows.data.own import Manifest, bring

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def main(words: Sequence[str] | None = None) -> None:
    """Look, copy, and print the line."""
    parser = Parser("data", __doc__, "mine ~/images")
    add: Any = parser.add_argument
    add("name", metavar="NAME", help='as benchmarks name it: DATA = "NAME"')
    add("path", metavar="PATH", type=Path, help="a file or a folder")
    args = parser.read(words)
    found, line = brought(args.name, args.path)
    count = f"{found.files:,} file{'s' * (found.files != 1)}"
    print(f"{count}, {found.bytes:,} bytes; for the experiment's file:\n{line}")


def brought(name: str, path: Path) -> tuple[Manifest, str]:
    """Bring data into the cache; return their manifest and the line for an experiment's file."""
    if not NAME.fullmatch(name):
        raise UserError(f"{name!r}: expected a name of lower-case letters, digits, - and _")
    path = path.expanduser().absolute()
    found = bring(name, look(path).sha256, path)
    said = f"path: {json.dumps(str(path))}, sha256: {found.sha256}"
    return found, f"data: {{ {name}: {{ {said} }} }}"


if __name__ == "__main__":
    command(main)
