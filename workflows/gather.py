"""All records of a plan, read and checked: the only way from files to verdicts."""

from __future__ import annotations

from pathlib import Path

from workflows.errors import UserError
from workflows.images.record import ImageRecord
from workflows.planned import Planned
from workflows.reads import stale
from workflows.records import Run, read
from workflows.specification import RunSpecification


def images(planned: Planned, results: Path) -> dict[str, ImageRecord]:
    """Return the image records of a plan by environment."""
    return {
        name: ImageRecord.load(results / "images" / f"{name}.json")
        for name in planned.experiment.environments
    }


def runs(planned: Planned, results: Path) -> dict[str, Run]:
    """Return every run of a plan by its path; raise `UserError` for one that does not fit it."""
    held = images(planned, results)
    found = {}
    for specification in planned.plan.runs:
        run = read(results / "runs" / f"{specification.path}.json")
        identity = planned.identities[specification.path]
        check_asked(run, specification, identity, held[specification.environment])
        found[specification.path] = run
    return found


def check_asked(
    run: Run, specification: RunSpecification, identity: str, image: ImageRecord
) -> None:
    """Refuse a record that answers another question than the plan's, or from another image."""
    path, used = f"runs/{specification.path}.json", run.record.image
    again = f"make it again: snakemake -f results/{path}"
    if run.record.run != specification:
        raise UserError(f"{path}: is the record of another run, {run.record.run.path}; {again}")
    if why := stale(run.record, identity):
        raise UserError(f"{path}: {why}; {again}")
    was, now = used.content_digest[:12] if used else "none", image.content_digest[:12]
    if not used or used.content_digest != image.content_digest:
        raise UserError(f"{path}: ran in image {was}, {image.environment} is now {now}; {again}")
