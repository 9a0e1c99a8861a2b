"""Which runs share a job: repeats of one combination, where enough jobs are left."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

from workflows.experiment.planned import SIDES
from workflows.experiment.specification import RunSpecification

JOBS_A_CORE = 3
"""At least so many are left, of each kind of run: the last ones end at about the same time."""
MOST = 50
"""No job carries out more: Snakemake looks through all that a job makes, for each of them."""


def together(due: Iterable[RunSpecification], cores: int) -> list[list[RunSpecification]]:
    """Return the runs of each job that carries out several.

    `due`: runs that have no record yet. What one job makes was given the very same as what jobs of
    their own make, so that afterwards nobody can tell, and each record is held against its own.
    """
    kinds: dict[str, list[RunSpecification]] = defaultdict(list)
    for run in due:
        kinds["a probe" if run.configuration in SIDES else run.benchmark].append(run)
    found: list[list[RunSpecification]] = []
    for runs in kinds.values():
        most = min(MOST, len(runs) // (JOBS_A_CORE * cores))
        cells = defaultdict(list)
        for run in runs:
            cells[run.path.rpartition("/")[0]].append(run)
        for cell in cells.values() if most > 1 else ():
            found += (share for share in _shares(cell, most) if len(share) > 1)
    return found


def _shares(runs: list[RunSpecification], most: int) -> list[list[RunSpecification]]:
    """Return the runs in as few shares as there can be, of about one size."""
    size = math.ceil(len(runs) / math.ceil(len(runs) / most))
    return [runs[at : at + size] for at in range(0, len(runs), size)]
