"""Where things lie: the repository, its pinned environments, and the cache."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONTAINERS = ROOT / "containers"
IMAGES = ROOT / "results" / "images"
"""Image records, and what other nodes get the images from."""


def cache(name: str) -> Path:
    """Return the cache's folder `name`; `REPRISE_CACHE` lets several clones share one cache."""
    return Path(os.environ.get("REPRISE_CACHE") or ROOT / ".cache").resolve() / name
