"""The programs of benchmarks that are commands: in a publication a zip each.

For whoever reads it, and wants to put it into `benchmarks/commands/` to run the cells again:
nothing of a publication is run by verifying it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from workflows.common.paths import ROOT
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import program_files
from workflows.experiment.model import Experiment
from workflows.publication.archive import pack


def named(experiment: Experiment) -> list[str]:
    """Return the benchmarks of an experiment that may be commands."""
    return list(dict.fromkeys([*experiment.benchmarks, *experiment.ablation, *experiment.costs]))


def place(benchmark: str) -> str:
    """Return the name of its zip in a publication."""
    return f"commands/{benchmark}.zip"


def write(folder: Path, names: Iterable[str], catalogue: Catalogue) -> None:
    """Put the declaration and the files of each command among `names` into a publication."""
    for name in names:
        benchmark = catalogue.benchmarks[name]
        if benchmark.command is None:
            continue
        base = Path(benchmark.file).parent
        target = folder / place(name)
        target.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory() as made:
            for file in (benchmark.file, *program_files(benchmark.file)):
                copy = Path(made, Path(file).relative_to(base))
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / file, copy)
            pack(Path(made), target)
