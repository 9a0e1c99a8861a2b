"""Imported by Python itself in a process that a program under `spawned-settings` has started."""

import os
import sys
from contextlib import suppress
from pathlib import Path


def apply(seed: int, names: "list[str]") -> None:
    """Apply settings by name; one for a library that is not here has nothing to act on."""
    sys.path.append(str(Path(__file__).parents[2]))
    for name in names:
        with suppress(ImportError):
            from benchmarks.settings import SETTINGS

            SETTINGS[name].call(seed)


# Not in the second process of a resumed run, which applies them itself, nor in Python's own helper.
if "REPRISE_SPAWNED" in os.environ and not any(
    name in argument
    for argument in sys.orig_argv
    for name in ("benchmarks.run", "resource_tracker")
):
    _seed, _, _names = os.environ["REPRISE_SPAWNED"].partition(" ")
    apply(int(_seed), _names.split(","))
