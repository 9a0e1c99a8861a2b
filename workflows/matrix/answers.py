"""Ablations and costs of an experiment, read from their files and held against plan and images.

One that is damaged or stale is left out, and named in `unusable` by its path below the results.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from workflows.common.errors import UnusableError
from workflows.environments import definition as environments
from workflows.environments.images.record import ImageRecord
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.model import Experiment
from workflows.experiment.planned import Planned
from workflows.experiment.reads import fresh
from workflows.studies.ablation.plan import AblationPlan, planned
from workflows.studies.ablation.result import Ablation
from workflows.studies.costs.plan import Measurement, measurements
from workflows.studies.costs.result import Costs
from workflows.studies.cures import plan as cures
from workflows.studies.cures.plan import CuresPlan
from workflows.studies.cures.result import Cures

STALE = "of another plan, code or image"


Kept = TypeVar("Kept", Ablation, Costs, Cures)


def ablations(
    experiment: Experiment,
    catalogue: Catalogue,
    results: Path,
    images: Mapping[str, ImageRecord],
    unusable: dict[str, str],
) -> list[Ablation]:
    """Return every planned ablation that answers this plan, with this code and image."""
    found = []
    for plan in planned(experiment, catalogue, environments.devices()):

        def fits(kept: Ablation, plan: AblationPlan = plan) -> bool:
            image = images[plan.environment].content_digest
            now = identity(plan.run(plan.settings, 0), catalogue)
            return (kept.plan, kept.content_digest) == (plan, image) and fresh(kept, now)

        found += usable(results, f"ablations/{plan.path}.json", Ablation.load, fits, unusable)
    return found


def searches(
    asked: Planned,
    catalogue: Catalogue,
    results: Path,
    images: Mapping[str, ImageRecord],
    unusable: dict[str, str],
) -> list[Cures]:
    """Return every planned search for a cure that answers this plan, with this code and image."""
    found = []
    for plan in cures.planned(asked.experiment, asked.plan, catalogue):

        def fits(kept: Cures, plan: CuresPlan = plan) -> bool:
            image = images[plan.baseline.environment].content_digest
            same = (kept.plan, kept.content_digest) == (plan, image)
            return same and fresh(kept, plan.identity(catalogue))

        found += usable(results, f"cures/{plan.path}.json", Cures.load, fits, unusable)
    return found


def costs(
    experiment: Experiment,
    catalogue: Catalogue,
    results: Path,
    images: Mapping[str, ImageRecord],
    unusable: dict[str, str],
) -> list[Costs]:
    """Return every planned table of costs that answers this plan, with this code and image."""
    found = []
    for plan in measurements(experiment, catalogue, environments.devices()):

        def fits(kept: Costs, plan: Measurement = plan) -> bool:
            image = images[plan.environment].content_digest
            steps = next(iter(plan.arms.values())).steps
            same = (kept.steps, kept.image.content_digest) == (steps, image)
            return same and fresh(kept, plan.identity(catalogue))

        found += usable(results, f"costs/{plan.path}.json", Costs.load, fits, unusable)
    return found


def usable(
    results: Path,
    path: str,
    load: Callable[[Path], Kept],
    fits: Callable[[Kept], bool],
    unusable: dict[str, str],
) -> list[Kept]:
    """Return the result at `path` alone; none, and named in `unusable`, where it is no answer."""
    try:
        kept = load(results / path)
    except UnusableError as error:
        unusable[path] = error.why
        return []
    if fits(kept):
        return [kept]
    unusable[path] = STALE
    return []
