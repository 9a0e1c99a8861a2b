"""`python -m benchmarks.catalogue`: what there is to run, as JSON on standard output.

The host side asks this instead of importing benchmarks, which need torch. Benchmarks are the
files beside this one that define `train` and the constants STEPS, OPTIONS, DATA and PUBLISHED;
their constants are read from the source text without running it.
"""

from __future__ import annotations

import ast
import json
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.settings import CONFIGURATIONS, SETTINGS, VARIATIONS

FOLDER = Path(__file__).parent
CONSTANTS = ("STEPS", "OPTIONS", "DATA", "PUBLISHED", "PROBE")


def constants(path: Path) -> dict[str, Any] | None:
    """Return a benchmark file's constants by name, or None if it is not a benchmark."""
    found: dict[str, Any] = {}
    trains = False
    for node in ast.parse(path.read_text(encoding="utf-8"), str(path)).body:
        if isinstance(node, ast.FunctionDef) and node.name == "train":
            trains = True
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id in CONSTANTS:
                try:
                    found[target.id] = ast.literal_eval(node.value)
                except ValueError:
                    raise SystemExit(
                        f"{path.name}: {target.id} must be a plain literal, "
                        f"not {ast.unparse(node.value)}"
                    ) from None
    return found if trains and "STEPS" in found else None


@cache
def benchmark_files() -> dict[str, Path]:
    """Return every benchmark's file by its name: this folder's and the probes'.

    Read once: what a run opens later is its own.
    """
    files = sorted([*FOLDER.glob("*.py"), *FOLDER.glob("probes/*.py")])
    return {path.stem: path for path in files if constants(path) is not None}


def catalogue() -> dict[str, Any]:
    """Return settings, configurations, variations and benchmarks as plain JSON values."""
    benchmarks = {}
    for name, path in benchmark_files().items():
        found = constants(path) or {}
        benchmarks[name] = {
            "file": path.relative_to(FOLDER.parent).as_posix(),
            "steps": found["STEPS"],
            "options": found.get("OPTIONS", {}),
            "data": found.get("DATA"),
            "published": found.get("PUBLISHED"),
            "probe": found.get("PROBE"),
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
