"""What two traces show around the place where they part: what was equal until there. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workflows.compare.difference import START, Difference
from workflows.compare.notes import broken, parted, states
from workflows.compare.outcome import ended
from workflows.runs.record import Run
from workflows.runs.watched import PHASES


@dataclass(frozen=True)
class Around:
    """The place where two runs part, and what their traces say beside it.

    `watched`: both watched all phases and generators; `apart`: generators that some step draws from
    and that stand elsewhere up to the end of the place's step, with the first step before which
    they do (of a place at the start: those that stand elsewhere there); `arrived_equal`: gradients
    came equal out of the backward pass; `felt`: the weights of that step differ, too; `unwatched`:
    what either saw and did not watch, in its words; `broken`: the step with which one went on in a
    new process, by the program's own save and load; `given`: both watched what a step is given.
    """

    place: Difference
    watched: bool
    apart: Mapping[str, int]
    arrived_equal: bool
    felt: bool
    unwatched: list[str]
    broken: int | None = None
    given: bool = True

    @property
    def equal_inputs(self) -> bool:
        """Whether the passes of that step were given equal bits, in all that is watched."""
        return self.watched and not self.apart and self.place.phase in ("loss", "backward")


def around(a: Run, b: Run, place: Difference) -> Around:
    """Return what the traces of two runs say around their first difference."""
    traces = a.record.trace, b.record.trace
    step = place.step if place.step is not None and place.phase != "length" else None
    return Around(
        place=place,
        watched=all(ended(run) and run.record.trace.phases == [*PHASES] for run in (a, b)),
        apart=_at_start(a, b) if place.phase in START else _until(a, b, _last(a, b, place)),
        arrived_equal=place.phase == "gradients" and _arrived(a, b, step),
        felt=step is not None and bool(a.column("weights")[step] != b.column("weights")[step]),
        unwatched=list(dict.fromkeys(text for trace in traces for text in trace.unwatched)),
        broken=next((at for run in (a, b) if (at := broken(run)) is not None), None),
        given=all("batch" in trace.phases for trace in traces),
    )


def _at_start(a: Run, b: Run) -> dict[str, int]:
    sides = {name: (states(a, name), states(b, name)) for name in ("torch", "cuda", "own")}
    return {
        name: 0
        for name, (left, right) in sides.items()
        if left is not None and right is not None and left[0] != right[0]
    }


def _last(a: Run, b: Run, place: Difference) -> int | None:
    """Return the last row of generators that counts for a place; None: the one after the end.

    Of two runs of other lengths the shorter one's last is of its end, and the longer one's of the
    step that it still takes.
    """
    if place.phase == "length":
        return min(len(a.steps), len(b.steps)) - 1
    return None if place.step is None else place.step + 1


def _until(a: Run, b: Run, last: int | None) -> dict[str, int]:
    return {name: row for name, row in parted(a, b).items() if last is None or row <= last}


def _arrived(a: Run, b: Run, step: int | None) -> bool:
    """Return whether a backward pass was seen in that step of both, and gave equal gradients."""
    if step is None or any("backward" not in run.record.trace.phases for run in (a, b)):
        return False
    left, right = a.column("backward")[step], b.column("backward")[step]
    return bool(left == right != 0)
