"""Ablations and costs of an experiment, read from their files and held against plan and images.

One that is damaged or stale is left out, and named in `unusable` by its path below the results.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workflows.common.errors import UnusableError
from workflows.environments import definition as environments
from workflows.environments.images.record import ImageRecord
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.model import Experiment
from workflows.experiment.reads import fresh
from workflows.studies.ablation.plan import planned
from workflows.studies.ablation.result import Ablation
from workflows.studies.costs.plan import measurements
from workflows.studies.costs.result import Costs

STALE = "of another plan, code or image"


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
        path = f"ablations/{plan.path}.json"
        try:
            kept = Ablation.load(results / path)
        except UnusableError as error:
            unusable[path] = error.why
            continue
        now = identity(plan.run(plan.settings, 0), catalogue)
        image = images[plan.environment].content_digest
        if (kept.plan, kept.content_digest) == (plan, image) and fresh(kept, now):
            found.append(kept)
        else:
            unusable[path] = STALE
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
        path = f"costs/{plan.path}.json"
        try:
            kept = Costs.load(results / path)
        except UnusableError as error:
            unusable[path] = error.why
            continue
        steps = next(iter(plan.arms.values())).steps
        image = images[plan.environment].content_digest
        now = plan.identity(catalogue)
        if (kept.steps, kept.image.content_digest) == (steps, image) and fresh(kept, now):
            found.append(kept)
        else:
            unusable[path] = STALE
    return found
