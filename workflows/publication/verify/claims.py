"""What a publication claims of a cell on the machine that runs it again. Pure.

On hardware like its own it claims every identical cell. On another processor it claims no more
than its own variations show: those that emulate one, and those that cap instruction sets. Where
some of them stand for the same instruction set as this machine's, they alone decide. A
configuration that was not varied is taken as one with the same bits in the same benchmark is, if
there is one. Of another GPU a publication says nothing.
"""

from __future__ import annotations

from workflows.compare.difference import START, Difference, earliest
from workflows.matrix.cells import Cell
from workflows.matrix.variations import CAPS, Kept
from workflows.publication.check.integrity import Publication
from workflows.publication.verify.model import Checked, Claim, Foretold
from workflows.publication.verify.words import cap, processor, tier
from workflows.runs.held import Held

CHOOSING = CAPS | {"MKL_CBWR"}
"""Variables by which a run chooses its instructions, whatever the processor offers."""
GENERATED = (*START, "batch")
ROUNDED = ("loss", "backward", "gradients", "weights", "state", "final weights", "final state")
"""Phases before any arithmetic of the model, and those of it."""


def claimed(found: Checked, cell: Cell, publication: Publication, here: Held | None) -> Checked:
    """Return an answer with what was claimed; `here`: what held in the run, if there was one."""
    if found.answer == "not-claimed" or found.claim == "none" or not other(found):
        return found
    claim, foretold = of_processors(cell, publication, here)
    if foretold and unexplained(found.first_difference, foretold.place):
        claim, foretold = "made", None
    return found.model_copy(update={"claim": claim, "foretold": foretold})


def other(found: Checked) -> bool:
    """Say whether a cell was run on other hardware than published."""
    return any(note.startswith("other hardware") for note in found.notes)


def unexplained(seen: Difference | None, foretold: Difference | None) -> bool:
    """Say whether runs part where no other rounding of the model's arithmetic could part them.

    Initial weights and batches come before it: they are explained only by what was foretold of
    them. Lengths, files and lines that part alone, with equal steps, are never.
    """
    if seen is None or seen.phase in ROUNDED:
        return False
    if seen.phase not in GENERATED or foretold is None or foretold.phase not in GENERATED:
        return True
    return earliest([foretold, seen]) != foretold


def of_processors(
    cell: Cell, publication: Publication, here: Held | None
) -> tuple[Claim, Foretold | None]:
    """Return what is claimed of a cell on another processor, and which other bits are foretold."""
    if cell.device != "cpu":
        return "silent", None
    for same in alike(cell, publication):
        tried = varied(same, publication)
        near = [each for each in tried if here and level(each, publication) == tier(here)]
        answers = near or tried
        namesake = same.configuration == cell.configuration
        if lost := [each for each in answers if each.answer == "lost"]:
            return "foretold", foretelling(lost, None if namesake else same, publication)
        if answers and namesake:
            return "made", None
    return "silent", None


def alike(cell: Cell, publication: Publication) -> list[Cell]:
    """Return the cell, then those of its benchmark that have its bits: first its namesakes.

    Of other names only where neither caps its instruction sets itself: what such a one keeps or
    loses says nothing of one that does not.
    """
    found = [
        each
        for each in publication.matrix.cells
        if (each.benchmark, each.device, each.verdict) == (cell.benchmark, "cpu", "identical")
        and each.classes[:1] == cell.classes[:1]
    ]
    namesakes = [each for each in found if each.configuration == cell.configuration]
    if not uncapped(cell, publication):
        return [cell, *namesakes]
    return [cell, *namesakes, *(each for each in found if uncapped(each, publication))]


def uncapped(cell: Cell, publication: Publication) -> bool:
    """Say whether a cell's run had no variable that chooses instructions, by its own record."""
    record = publication.records.get(cell.runs[0])
    return bool(record and record.held and not CHOOSING & set(record.held.variables))


def varied(cell: Cell, publication: Publication) -> list[Kept]:
    """Return how other processors answered for a cell's configuration, where they were tried."""
    return [
        each
        for each in publication.matrix.kept
        if (each.environment, each.device, each.benchmark, each.configuration)
        == (cell.environment, cell.device, cell.benchmark, cell.configuration)
        and words(each, publication)
        and each.answer in ("kept", "lost")
        and not (each.answer == "kept" and each.reason)  # the change did not reach the run
    ]


def words(kept: Kept, publication: Publication) -> str | None:
    """Return what processor a variation stands for, None for one that changes something else."""
    for run in publication.planned.plan.runs:
        if run.combination == kept.varied:
            return processor(run.conditions)
    return None


def level(kept: Kept, publication: Publication) -> str | None:
    """Return the instruction set that a variation stands for, None where it is not known."""
    for run in publication.planned.plan.runs:
        if run.combination != kept.varied:
            continue
        if run.conditions.cpu is None:
            return cap(run.conditions)
        record = publication.records.get(run.path)
        return tier(record.held) if record and record.held else None
    return None


def foretelling(lost: list[Kept], through: Cell | None, publication: Publication) -> Foretold:
    """Return the other bits that variations show."""
    places = [each.first_difference for each in lost if each.first_difference]
    by = [words(each, publication) or each.variation for each in lost]
    folders = {"/".join(each.varied.model_dump().values()) for each in lost}
    looks = publication.matrix.differences.values()
    sizes = [
        str(look.size)
        for look in looks
        if look.size and (look.right or "").rpartition("/")[0] in folders
    ]
    return Foretold(
        place=earliest(places) if places else None, by=list(dict.fromkeys(by)),
        size=sizes[0] if sizes else None, through=through.configuration if through else None,
    )  # fmt: skip
