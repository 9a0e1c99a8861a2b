"""Where things lie: the code with its pinned environments, the caller's results, the cache."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The code: a clone, or the copy that an installed `reprise` carries."""
CONTAINERS = ROOT / "containers"
IMAGES = Path.cwd() / "results" / "images"
"""Image records, and what other nodes get the images from: as all results, where it is called."""


def here(name: str) -> str:
    """Return the path of a file of the code as the folder sees it where this is called."""
    return name if Path.cwd() == ROOT else str(ROOT / name)


def cache(name: str) -> Path:
    """Return the cache's folder `name`; `REPRISE_CACHE` lets several clones share one cache.

    Else it lies in the clone; of an installed copy, in the user's caches.
    """
    if given := os.environ.get("REPRISE_CACHE"):
        return Path(given).resolve() / name
    if (ROOT / "pyproject.toml").is_file():
        return ROOT / ".cache" / name
    user = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(user).resolve() / "reprise" / name
