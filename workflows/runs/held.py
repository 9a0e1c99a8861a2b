"""What a record says of a run's surroundings and times: free, but of the form that is read here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator

MOST = 1e9
"""Seconds, or steps, that no run takes."""
PARTS = (("processor", ("model", "flags")), ("gpu", ("name", "driver")))


def _held(value: dict[str, Any]) -> dict[str, Any]:
    for part, keys in PARTS:
        found = value.get(part)
        if found is None and part == "gpu":
            continue
        if not isinstance(found, dict) or not all(isinstance(found.get(key), str) for key in keys):
            raise ValueError(f"{part}: expected {', '.join(keys)}")
    for part in ("flags", "variables", "versions", "process"):
        if not isinstance(value.get(part, {}), dict):
            raise ValueError(f"{part}: expected names with values")
    return value


def _timing(value: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(value.get("started"), str):
        raise ValueError("started: expected a time, ISO 8601")
    datetime.fromisoformat(value["started"])
    for key in ("seconds", "step_seconds", "median_step_seconds", "steps_timed"):
        found = value.get(key)
        if found is not None and not (isinstance(found, int | float) and 0 <= found < MOST):
            raise ValueError(f"{key}: expected a number from 0 to {MOST:g}")
    return value


Held = Annotated[dict[str, Any], AfterValidator(_held)]
Timing = Annotated[dict[str, Any], AfterValidator(_timing)]
