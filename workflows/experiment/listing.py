"""What the benchmarks' side says there is to run; kept for as long as the files say the same."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path

from workflows.common import files, program
from workflows.common.errors import UserError
from workflows.common.imports import closure
from workflows.common.paths import ROOT, cache
from workflows.common.sums import sha256

LISTS = "benchmarks/catalogue.py"
"""The program that is asked; of benchmarks it reads the text, and whether a folder is beside it."""


def signature(root: Path = ROOT) -> str:
    """Return the SHA-256 over all that the answer comes from: files, folders, this Python."""
    folder = root / "benchmarks"
    read = {path.relative_to(root).as_posix() for path in folder.rglob("*.py") if path.is_file()}
    beside = sorted(path.name for path in folder.glob("commands/*") if path.is_dir())
    contents = {name: _contents(root / name) for name in read.union(closure(LISTS, root=root))}
    return files.digest([sys.version, beside, contents])


def _contents(path: Path) -> str:
    try:
        return sha256(path)
    except OSError as error:  # whoever is asked says so
        return str(error)


def listing(root: Path = ROOT) -> str:
    """Ask `python -m benchmarks.catalogue` in `root`, unless that was done; return its JSON.

    Raises `UserError` if it cannot say.
    """
    asked = signature(root)
    kept = cache("listings") / f"{asked}.json"
    with suppress(OSError, ValueError):
        text = kept.read_text(encoding="utf-8")
        json.loads(text)
        return text
    command = [sys.executable, "-m", "benchmarks.catalogue"]
    answer = program.run(command, cwd=root)
    if answer.returncode:
        why = program.reason(answer)
        raise UserError(f"benchmarks/: cannot be listed ({why}); see {' '.join(command)}")
    if signature(root) == asked:  # nobody edited them meanwhile
        with suppress(OSError):
            files.write_text(kept, answer.stdout)
    return answer.stdout
