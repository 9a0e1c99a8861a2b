"""The engine `host`: an interpreter that is there already, recorded but not pinned."""

from __future__ import annotations

import os
from pathlib import Path

from workflows.common import files
from workflows.common.errors import UserError
from workflows.environments.engines import local
from workflows.environments.engines.interface import Engine, Job, Process
from workflows.environments.images.assemble import DESCRIBE
from workflows.environments.images.record import Base, ImageRecord
from workflows.environments.kinds import HOST

_HAS_TORCH = "import importlib.util; print(int(importlib.util.find_spec('torch') is not None))"
_IMPORTS = "import json, torch; print(json.dumps(torch.__version__))"
FIX = "set REPRISE_PYTHON to one that can, or choose engine: venv"


class Host(Engine):
    """Runs every job in `REPRISE_PYTHON`, or in the first `python3` on PATH that has torch."""

    name = HOST
    isolation = "none but a clean environment: the host's own interpreter and files"

    def probe(self) -> str:
        """Import torch in the interpreter."""
        python = interpreter()
        try:
            return f"the host's interpreter imports torch {local.report(python, _IMPORTS)}"
        except UserError as error:
            raise UserError(f"engine host: {error}; {FIX}") from None

    def sources(self, environment: str) -> list[str]:
        """Return nothing: what is there already is not the project's."""
        return []

    def build(self, environment: str, *, fresh: bool = False) -> ImageRecord:
        """Record the interpreter's version and distributions; there is nothing to build."""
        return _record(environment)

    def process(self, image: ImageRecord, job: Job) -> Process:
        """Say how to start the job; raise `UserError` if the distributions have changed."""
        if _record(image.environment).content_digest != image.content_digest:
            raise UserError(
                "engine host: the interpreter or its packages changed since they were recorded; "
                f"record them again: reprise matrix -- -f results/images/{image.environment}.json"
            )
        return local.process(interpreter(), job)


def interpreter() -> Path:
    """Return the host's interpreter; raise `UserError` if none has torch."""
    if chosen := os.environ.get("REPRISE_PYTHON"):
        if not _has_torch(Path(chosen)):
            raise UserError(
                f"engine host: REPRISE_PYTHON={chosen} is no interpreter that has torch; {FIX}"
            )
        return Path(chosen)
    folders = [Path(folder) for folder in os.get_exec_path()]
    for path in (folder / "python3" for folder in folders):
        if os.access(path, os.X_OK) and _has_torch(path):
            return path
    raise UserError(f"engine host: no python3 on PATH has torch; {FIX}")


def _has_torch(python: Path) -> bool:
    try:
        return bool(local.report(python, _HAS_TORCH))
    except UserError:
        return False


def _record(environment: str) -> ImageRecord:
    described = local.report(interpreter(), DESCRIBE)
    return ImageRecord(
        environment=environment,
        engine=HOST,
        pinned=False,
        tag=HOST,
        content_digest=files.digest(described),
        entries=len(described["packages"]),
        lock_digest=None,
        base=Base(kind="interpreter", reference=f"Python {described['python']}", digest=None),
        **described,
    )
