"""All that a plan's stages have left, read and checked: the only way from files to verdicts.

What cannot be used does not stop the rest: it is named, and its cell is judged without it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from workflows.common.errors import UnusableError
from workflows.compare.close_look import Closer
from workflows.environments.images.record import ImageRecord
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.model import patterns
from workflows.experiment.planned import Planned
from workflows.experiment.reads import stale
from workflows.experiment.specification import RunSpecification
from workflows.matrix import answers, close_looks
from workflows.runs.record import Ending, Run, read, without_training
from workflows.studies.ablation.result import Ablation
from workflows.studies.costs.result import Costs
from workflows.studies.cures.result import Cures
from workflows.studies.differences.plan import pairs


@dataclass(frozen=True)
class Gathered:
    """What there is; `unusable`: what there should be, by its path below the results, and why."""

    images: dict[str, ImageRecord]
    runs: dict[str, Run]
    ablations: list[Ablation]
    costs: list[Costs]
    cures: list[Cures]
    looks: dict[str, Closer]
    unusable: dict[str, str]


def gather(planned: Planned, results: Path, catalogue: Catalogue) -> Gathered:
    """Read all; raise `UserError` where an image's record, on which all rests, is no good."""
    held = images(planned, results)
    unusable: dict[str, str] = {}
    return Gathered(
        images=held,
        runs=runs(planned, results, held, unusable),
        ablations=answers.ablations(planned.experiment, catalogue, results, held, unusable),
        costs=answers.costs(planned.experiment, catalogue, results, held, unusable),
        cures=answers.searches(planned, catalogue, results, held, unusable),
        looks=close_looks.read([pair.name for pair in pairs(planned.plan)], results, unusable),
        unusable=unusable,
    )


def images(planned: Planned, results: Path) -> dict[str, ImageRecord]:
    """Return the image records of a plan by environment."""
    return {
        name: ImageRecord.load(results / "images" / f"{name}.json")
        for name in planned.experiment.environments
    }


def runs(
    planned: Planned, results: Path, held: dict[str, ImageRecord], unusable: dict[str, str]
) -> dict[str, Run]:
    """Return every run of a plan by its path: one that failed in the place of each unusable one."""
    found = {}
    for specification in planned.plan.runs:
        path = f"runs/{specification.path}.json"
        try:
            run = replace(read(results / path), noise=patterns(planned.experiment))
            identity = planned.identities[specification.path]
            check_asked(
                results / path, run, specification, identity, held[specification.environment]
            )
        except UnusableError as error:
            unusable[path] = error.why
            why = f"its record is not used: {error.why}"
            run = without_training(specification, Ending("failed", why, []))
        found[specification.path] = run
    return found


def check_asked(
    path: Path, run: Run, specification: RunSpecification, identity: str, image: ImageRecord
) -> None:
    """Refuse a record that answers another question than the plan's, or from another image."""
    used = run.record.image
    if run.record.run != specification:
        raise unfit(path, f"is the record of another run, {run.record.run.path}")
    if why := stale(run.record, identity):
        raise unfit(path, why)
    was, now = used.content_digest[:12] if used else "none", image.content_digest[:12]
    if not used or used.content_digest != image.content_digest:
        raise unfit(path, f"ran in image {was}, {image.environment} is now {now}")


def unfit(path: Path, why: str) -> UnusableError:
    """Return the error for a record that answers something else."""
    return UnusableError(path, why, f"make it again: reprise matrix -- -f {path}")
