"""`python -m benchmarks.catalogue`: what there is to run, as JSON on standard output.

The host side asks this instead of importing benchmarks, which need torch. Benchmarks are the
files beside this one, and the probes, that define `train` and the constants STEPS, OPTIONS, DATA
and PUBLISHED; those of commands/ name a COMMAND in place of `train`. A file that is meant to be one
and is wrong is listed with its fault.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.described import Described, described
from benchmarks.settings import CONFIGURATIONS, SETTINGS, VARIATIONS

FOLDER = Path(__file__).parent


@cache
def benchmark_files() -> dict[str, Path]:
    """Return every benchmark's file by its name: this folder's, the probes', the commands'."""
    places = ("*.py", "probes/*.py", "commands/*.py")
    files = sorted(path for place in places for path in FOLDER.glob(place))
    return {path.stem: path for path in files if described(path) is not None}


def listed() -> dict[str, tuple[Path, Described]]:
    """Return every benchmark's file, and what it says, by its name."""
    files = benchmark_files().items()
    return {name: (path, found) for name, path in files if (found := described(path))}


def catalogue() -> dict[str, Any]:
    """Return settings, configurations, variations and benchmarks as plain JSON values."""
    benchmarks = {}
    for name, (path, said) in listed().items():
        found = said.constants
        benchmarks[name] = {
            "file": path.relative_to(FOLDER.parent).as_posix(),
            "fault": said.fault,
            "lines": said.lines,
            "steps": found.get("STEPS", 1),
            "options": found.get("OPTIONS", {}),
            "data": found.get("DATA"),
            "published": found.get("PUBLISHED"),
            "probe": found.get("PROBE"),
            "command": found.get("COMMAND"),
        }
    settings = {
        name: {
            "controls": setting.controls,
            "devices": list(setting.devices),
            "source": setting.source,
            "needs": list(setting.needs),
            "instead_of": list(setting.instead_of),
            "environment": setting.environment,
            "digest": setting.digest,
        }
        for name, setting in SETTINGS.items()
    }
    return {
        "settings": settings,
        "configurations": CONFIGURATIONS,
        "variations": VARIATIONS,
        "benchmarks": benchmarks,
    }


if __name__ == "__main__":
    print(json.dumps(catalogue(), indent=2))
