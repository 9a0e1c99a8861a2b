"""Ablations and costs of an experiment, read from their files and held against plan and images.

One that is damaged or stale is left out, and named in `unusable` by its path below the results.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workflows import environments
from workflows.ablation_plan import planned
from workflows.ablation_result import Ablation
from workflows.catalogue import Catalogue
from workflows.cost_plan import measurements
from workflows.cost_results import Costs
from workflows.errors import UnusableError
from workflows.experiment import Experiment
from workflows.identity import identity
from workflows.images.record import ImageRecord
from workflows.reads import fresh

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
