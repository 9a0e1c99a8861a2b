"""Carries the settings of a run into the Python processes that its program starts."""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Imported to be part of the run's code: it does nothing where its variable is not set.
from benchmarks.spawned import sitecustomize as _applied_there  # noqa: F401

VARIABLE = "REPRISE_SPAWNED"
"""The run's seed and the names of its settings, for `sitecustomize`."""


def carry(seed: int, settings: Sequence[str]) -> None:
    """Let every Python process from now on begin with `sitecustomize`, and with our variables.

    Also one that is given an environment of its own.
    """
    path = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(path)
    os.environ[VARIABLE] = f"{seed} {','.join(settings)}"
    kept = dict(os.environ)
    original = subprocess.Popen.__init__

    @functools.wraps(original)
    def with_variables(self: Any, args: Any, *more: Any, **named: Any) -> None:
        if named.get("env") is not None:
            own = dict(named["env"])
            path = filter(None, [kept["PYTHONPATH"], own.get("PYTHONPATH")])
            named["env"] = {**_governing(kept), **own, "PYTHONPATH": os.pathsep.join(path)}
        original(self, args, *more, **named)

    subprocess.Popen.__init__ = with_variables  # type: ignore[method-assign]


def _governing(environment: dict[str, str]) -> dict[str, str]:
    """Return what settings set of an environment."""
    from benchmarks.settings import SETTINGS

    names = {VARIABLE, *(name for setting in SETTINGS.values() for name in setting.environment)}
    return {name: value for name, value in environment.items() if name in names}
