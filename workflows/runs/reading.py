"""Data of one's own that a run reads: which, where it sees them, and that they stay as they are."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from workflows.common.errors import UserError
from workflows.common.models import load_model
from workflows.common.sums import sha256
from workflows.data import own
from workflows.data.digests import CIFAR10
from workflows.data.own import Manifest
from workflows.experiment.catalogue import Benchmark
from workflows.experiment.reads import MANIFESTS
from workflows.runs.laboratory import Laboratory


@dataclass(frozen=True)
class Reading:
    """Data of one's own: `read` is what a record says of them, as of each file that a run read."""

    manifest: Manifest
    read: dict[str, str]

    @property
    def folder(self) -> Path:
        """The folder that stands for all data sets where this run is carried out."""
        return own.place(self.manifest.dataset, self.manifest.sha256)

    def check(self) -> None:
        """Raise `UserError` unless the copy that runs read is there as it was brought."""
        own.check(self.manifest.dataset, self.manifest.sha256)

    def changed(self) -> str | None:
        """Say in one line what a run, or what was beside it, did to the data; None: nothing.

        The line is a record's, and published: only the terminal is told which file it was.
        """
        try:
            self.check()
        except UserError as error:
            print(error, file=sys.stderr)
            name = self.manifest.dataset
            return (
                f"data {name}: changed while it ran, but data are to be read alone; bring them "
                f"again: reprise matrix -- -f results/data/{name}.json"
            )
        return None


def reading(benchmark: Benchmark, where: Laboratory) -> Reading | None:
    """Return the data of one's own that a benchmark reads, by the manifest beside the images.

    None where it reads none, or a data set that is known, whose digests its code holds. Raises
    `UserError` where there is no such manifest.
    """
    if benchmark.data is None or benchmark.data == CIFAR10.name:
        return None
    path = where.manifest(benchmark.data)
    manifest = load_model(Manifest, path, "manifest")
    return Reading(manifest, {f"{MANIFESTS}{path.name}": sha256(path)})
