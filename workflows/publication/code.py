"""Which code, and which tools, made a publication: whoever has the same can make it again.

Not the commit: a copy without git, or one that was edited, has its own contents all the same.
"""

from __future__ import annotations

import platform
import zlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from workflows.common.files import digest
from workflows.common.imports import closure
from workflows.common.paths import ROOT
from workflows.common.sums import sha256
from workflows.experiment.identity import COMMANDS, helpers

_PARTS = (
    "workflows/publication/publish.py",
    "workflows/matrix/collect.py",
    "workflows/experiment/write_plan.py",
    "workflows/matrix/show.py",
    "workflows/report/page.py",
    "workflows/report/pictures.py",
)
COPIED = ("CITATION.cff", "Snakefile")
"""Files of the project that a publication carries as they are."""
_TOOLS = ("altair", "jinja2", "numpy", "rocrate", "tabulate", "vl-convert-python")


@cache
def digest_of(root: Path = ROOT) -> str:
    """Return the SHA-256 over the code that plans, judges and draws, and over all that it names.

    That is also everything below benchmarks/: programs, settings, and what their sets are called.
    """
    others = [
        *(root / "workflows" / "report" / "templates").iterdir(),
        *(root / "benchmarks").rglob("*.py"),
        *(path for path in (root / COMMANDS).rglob("*") if "__pycache__" not in path.parts),
        *(root / name for name in [*COPIED, *helpers(root)]),
    ]
    names = [path.relative_to(root).as_posix() for path in others if path.is_file()]
    return digest({name: sha256(root / name) for name in [*closure(*_PARTS, root=root), *names]})


@cache
def tools() -> str:
    """Return the SHA-256 over the versions of what draws: another one may draw other bytes."""
    found = {name: version(name) for name in _TOOLS}
    return digest({**found, "python": platform.python_version(), "zlib": zlib.ZLIB_RUNTIME_VERSION})
