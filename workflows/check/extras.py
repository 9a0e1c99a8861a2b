"""Settings that only a command has, for what no setting of a benchmark holds.

What they do stands in `benchmarks/harness/unchanged/`, in `extras.py` and `addresses.py`.
"""

from __future__ import annotations

import sys
from functools import cache

from workflows.common import program
from workflows.common.paths import ROOT
from workflows.experiment.catalogue import Catalogue, Setting

ADDRESSES = "fixed-addresses"
EXTRAS = {
    "sorted-listing": Setting(
        controls="the order in which folders list their files",
        devices=["cpu", "cuda"],
        source="https://docs.python.org/3/library/os.html#os.listdir",
        digest="",
    ),
    "shuffled-listing": Setting(
        controls="the same, as on another disk: no cure but a question",
        devices=["cpu", "cuda"],
        source="https://docs.python.org/3/library/os.html#os.listdir",
        digest="",
    ),
    "one-worker": Setting(
        controls="the order in which the threads and processes of a pool work: whose result, or "
        "whose draw from a generator that they share, comes first",
        devices=["cpu", "cuda"],
        source="https://docs.python.org/3/library/concurrent.futures.html",
        digest="",
    ),
    ADDRESSES: Setting(
        controls="where things lie in memory: the order of a set of objects that have no hash of "
        "their own, or what stands in memory that is read before it is written",
        devices=["cpu", "cuda"],
        source="https://man7.org/linux/man-pages/man2/personality.2.html",
        digest="",
        environment={"PYTHONHASHSEED": "{seed}"},  # what is hashed moves what lies behind it
    ),
}
SHUFFLED = "shuffled-listing"
REACHED = "spawned-settings"
"""In force without being asked for: settings act in every Python process of a command."""


def catalogue() -> Catalogue:
    """Return what there is, with the extras."""
    found = Catalogue.read()
    return found.model_copy(update={"settings": {**found.settings, **EXTRAS}})


@cache
def can_be_tried(setting: str) -> bool:
    """Say whether a setting can act on this machine."""
    if setting != ADDRESSES:
        return True
    asked = program.run([sys.executable, "-m", "benchmarks.harness.unchanged.addresses"], cwd=ROOT)
    return asked.returncode == 0
