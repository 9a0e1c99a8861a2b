"""The JSON Schema files as they lie there."""

from __future__ import annotations

import json
from typing import Any

from workflows.common.paths import ROOT


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema in `workflows/schemas/NAME.json`."""
    found: dict[str, Any] = json.loads(
        (ROOT / "workflows" / "schemas" / f"{name}.json").read_text()
    )
    return found
