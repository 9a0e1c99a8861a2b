"""Ablations and costs of an experiment, read from their files and held against plan and images."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workflows import environments
from workflows.ablation_plan import planned
from workflows.ablation_result import Ablation
from workflows.catalogue import Catalogue
from workflows.cost_plan import measurements
from workflows.cost_results import Costs
from workflows.errors import UserError
from workflows.experiment import Experiment
from workflows.identity import identity
from workflows.images.record import ImageRecord
from workflows.reads import fresh


def ablations(
    experiment: Experiment, catalogue: Catalogue, results: Path, images: Mapping[str, ImageRecord]
) -> list[Ablation]:
    """Return every planned ablation; raise `UserError` for one of another plan, code or image."""
    found = []
    for plan in planned(experiment, catalogue, environments.devices()):
        path = results / "ablations" / f"{plan.path}.json"
        kept = Ablation.load(path)
        now = identity(plan.run(plan.settings, 0), catalogue)
        image = images[plan.environment].content_digest
        if (kept.plan, kept.content_digest) != (plan, image) or not fresh(kept, now):
            raise stale(path)
        found.append(kept)
    return found


def costs(
    experiment: Experiment, catalogue: Catalogue, results: Path, images: Mapping[str, ImageRecord]
) -> list[Costs]:
    """Return every planned table of costs; raise `UserError` as for an ablation."""
    found = []
    for plan in measurements(experiment, catalogue, environments.devices()):
        path = results / "costs" / f"{plan.path}.json"
        kept = Costs.load(path)
        steps = next(iter(plan.arms.values())).steps
        image = images[plan.environment].content_digest
        now = plan.identity(catalogue)
        if (kept.steps, kept.image.content_digest) != (steps, image) or not fresh(kept, now):
            raise stale(path)
        found.append(kept)
    return found


def stale(path: Path) -> UserError:
    """Return the error for an answer to another question."""
    return UserError(f"{path}: of another plan, code or image; make it again: snakemake -f {path}")
