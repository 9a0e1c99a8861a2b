"""Looks closely at a difference: where it lies, how far it is apart, how it grows. Pure."""

from __future__ import annotations

from workflows.compare import growth
from workflows.compare.close_look import Closer
from workflows.compare.difference import START, Difference
from workflows.compare.locate import locate
from workflows.runs.machine import differing
from workflows.runs.record import Run
from workflows.runs.tensors import Dense


def closely(
    a: Run, b: Run, difference: Difference, dense: tuple[Dense | None, Dense | None]
) -> Closer:
    """Say of a difference what the records tell, and the tensors beside them if there are any."""
    step = grows_from(difference)
    found = Closer(
        left=a.record.run.path, right=b.record.run.path, difference=difference,
        beside=differing(a.record, b.record),
        losses=[] if step is None else growth.of_traces(a, b, step),
    )  # fmt: skip
    return with_tensors(found, difference, *dense)


def grows_from(difference: Difference) -> int | None:
    """Return the step from which a difference grows, None where it does not."""
    if difference.phase in START:
        return 0
    return None if difference.phase == "length" else difference.step


def with_tensors(found: Closer, place: Difference, a: Dense | None, b: Dense | None) -> Closer:
    """Add tensor, size and growth at a place, where both sides kept its tensors."""
    step = grows_from(place)
    if a is None or b is None or step is None:
        return found
    located = locate(a, b, place)
    rows = growth.of_tensors(a, b, step) if located else []
    return found.model_copy(update={"located": located, "growth": rows})
