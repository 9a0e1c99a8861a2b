"""Settings that only a command has, for what no setting of a benchmark holds.

What they do stands in `benchmarks/harness/unchanged/extras.py`.
"""

from __future__ import annotations

from workflows.experiment.catalogue import Catalogue, Setting

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
        controls="the order in which threads and processes of a pool bring their results",
        devices=["cpu", "cuda"],
        source="https://docs.python.org/3/library/concurrent.futures.html",
        digest="",
    ),
}
SHUFFLED = "shuffled-listing"
REACHED = "spawned-settings"
"""In force without being asked for: settings act in every Python process of a command."""


def catalogue() -> Catalogue:
    """Return what there is, with the extras."""
    found = Catalogue.read()
    return found.model_copy(update={"settings": {**found.settings, **EXTRAS}})
