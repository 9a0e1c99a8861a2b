"""Made-up image records."""

from __future__ import annotations

from typing import Any

from workflows.environments.images.record import Base, ImageRecord


def image(**changes: Any) -> ImageRecord:
    """Return the record of an environment that was made from an interpreter, but for `changes`."""
    fields: dict[str, Any] = {
        "environment": "cpu", "engine": "venv", "pinned": True, "tag": "cpu",
        "content_digest": "0" * 64, "entries": 1, "lock_digest": None,
        "base": Base(kind="interpreter", reference="3.11", digest=None),
        "python": "3.11", "packages": {},
    }  # fmt: skip
    return ImageRecord(**fields | changes)
