"""How a job with other surroundings is started, for the tests of conditions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.support.clients import image, job
from workflows.environments.conditions import Conditions
from workflows.environments.engines import get, local
from workflows.environments.engines.interface import Process


def local_process(tmp_path: Path, **around: Any) -> Process:
    """Return how a job with these surroundings is started on this host."""
    return local.process(Path(sys.executable), job(tmp_path, conditions=Conditions(**around)))


def container_words(tmp_path: Path, engine: str = "docker", **around: Any) -> list[str]:
    """Return the argument list of a container with these surroundings."""
    return get(engine).process(image(), job(tmp_path, conditions=Conditions(**around))).arguments
