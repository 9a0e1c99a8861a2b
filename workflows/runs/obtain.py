"""Runs that a stage asks for by itself (ablation, a closer look, costs): done once, then read."""

from __future__ import annotations

from pathlib import Path

from workflows.common.errors import UserError
from workflows.environments.images.record import ImageRecord
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.reads import fresh
from workflows.experiment.specification import RunSpecification
from workflows.runs.laboratory import Laboratory
from workflows.runs.launch import launch
from workflows.runs.machine import host, processor
from workflows.runs.record import Run, read


def obtain(run: RunSpecification, target: Path, where: Laboratory, catalogue: Catalogue) -> Run:
    """Return the record of `run` at `target`; carry it out unless that was done already.

    A record counts as done when it answers the same specification with the same code, settings
    and files read, in an image of the same contents, on the processor of this machine, and
    completed or was refused.
    """
    wanted = identity(run, catalogue)
    if (found := _found(run, target, where)) and fresh(found.record, wanted):
        return found
    launch(run, wanted, target, target.with_suffix(".log"), where)
    return read(target)


def _found(run: RunSpecification, target: Path, where: Laboratory) -> Run | None:
    """Return the record that is there already, if it answers `run` in this image."""
    try:
        kept = read(target)
    except UserError:
        return None
    image, record = ImageRecord.load(where.image), kept.record
    same = record.run == run and record.image is not None
    lacks = where.observe and record.sources is None
    if not same or lacks or record.status not in ("completed", "refused"):
        return None
    held = host(record)
    if (held is None and run.conditions.cpu is None) or (held and not held.startswith(processor())):
        return None  # of another machine: other bits
    used = record.image
    fits = used and (used.engine, used.content_digest) == (image.engine, image.content_digest)
    return kept if fits else None
