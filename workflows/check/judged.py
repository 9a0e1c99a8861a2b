"""What repeats of a command show: the verdict on all its processes, its output and its files. Pure.

Where nothing was compared nothing is said: no step seen, nothing printed, no file written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from workflows.check.record import Commanded
from workflows.compare.around import Around, around
from workflows.compare.difference import Difference, earliest
from workflows.compare.notes import states
from workflows.compare.verdict import Verdict, VerdictName, judge, without
from workflows.runs.record import Run

SHARED = ("torch", "cuda", "numpy", "python")
"""The generators that every program has, which are watched."""
NEVER = (
    "generators that the program makes itself",
    "schedulers, scalers, and tensors of no module, optimizer or backward pass",
    "files that it writes outside of its folder",
)
"""What is never watched of an unchanged program."""
LATE = ("weights", "state")
"""Phases that are looked at once more when the next step begins."""
NOTHING = "no step was seen, nothing was printed and no file was written: nothing to compare"


def judged(runs: Sequence[Commanded]) -> Verdict:
    """Return the verdict on repeats of one command."""
    if bad := [run.record for run in runs if run.record.status != "completed"]:
        status: VerdictName = "refused" if all(one.status == "refused" for one in bad) else "failed"
        reasons = list(dict.fromkeys(one.reason or one.status for one in bad))
        count = f"{len(bad)} of {len(runs)} runs: " if len(bad) < len(runs) else ""
        return without(status, len(runs) - len(bad), count + "; ".join(reasons))
    if not any(map(shows, runs)):
        return without("failed", len(runs), NOTHING)
    if other := _other_processes(runs):
        found = judge(of_process(runs, 0))
        return found.model_copy(
            update={"verdict": "differs", "first_difference": other, "divergence_below": None}
        )
    verdicts = [judge(of_process(runs, index)) for index in range(len(runs[0].runs))]
    named = zip(runs[0].names or [""], verdicts, strict=True)
    several = len(verdicts) > 1
    notes = [f"{name}: {note}" if several else note for name, one in named for note in one.notes]
    chosen = verdicts[first(runs[0].names, [one.first_difference for one in verdicts])]
    return chosen.model_copy(update={"notes": list(dict.fromkeys(notes))})


def shows(run: Commanded) -> bool:
    """Say whether there is anything to compare of a run."""
    record = run.record
    return bool(record.traced or record.printed or record.printed_errors or record.files)


def of_process(runs: Sequence[Commanded], index: int) -> list[Run]:
    """Return one process of each run, with what all of them could look at in the end."""
    found = [run.runs[index] for run in runs]
    if any(not run.record.trace.final_weights for run in found):
        found = [_without_end(run) for run in found]
    lasts = {len(run.steps) - 1 for run in found}
    return [_as_last(run, lasts) for run in found] if len(lasts) > 1 else found


def _as_last(run: Run, lasts: set[int]) -> Run:
    """Return a run as if some steps were looked at no later than its last one can be.

    What follows the optimizer's step, a schedule's say, is seen when the next step begins; of the
    last step it is not seen. Held against the same step of a longer run that would look like a
    difference.
    """
    steps = run.steps.copy()
    late = [run.record.trace.phases.index(name) for name in LATE]
    steps[np.ix_([row for row in lasts if 0 <= row < len(steps)], late)] = 0
    return replace(run, steps=steps)


def _without_end(run: Run) -> Run:
    """Return a run as if its last weights were not looked at: in some run they were given up."""
    trace = run.record.trace.model_copy(update={"final_weights": ""})
    return replace(run, record=run.record.model_copy(update={"trace": trace}))


def _other_processes(runs: Sequence[Commanded]) -> Difference | None:
    first = runs[0].names
    for run in runs[1:]:
        if run.names != first:
            left, right = (", ".join(names) or "none" for names in (first, run.names))
            return Difference(phase="length", left=f"trained: {left}", right=right)
    return None


def parting(runs: Sequence[Commanded]) -> int:
    """Return the index of the process in which the first difference of repeats lies."""
    if _other_processes(runs):
        return 0
    places = [judge(of_process(runs, i)).first_difference for i in range(len(runs[0].runs))]
    return first(runs[0].names, places)


def first(names: Sequence[str], places: Sequence[Difference | None]) -> int:
    """Return the index of the process whose difference comes first; 0 where there is none.

    A program that is started again, `train.py 2`, goes on from what it left before: where that
    parts already, all that follows does.
    """
    traced = {name for name, place in zip(names, places, strict=False) if _is_traced(place)}
    found = {
        index: place for index, place in enumerate(places)
        if place and not (_is_traced(place) and traced & {*_before(names[index])})
    }  # fmt: skip
    return [*found][[*found.values()].index(earliest([*found.values()]))] if found else 0


def _is_traced(place: Difference | None) -> bool:
    return place is not None and not place.phase.startswith(("printed", "files"))


def _before(name: str) -> Iterator[str]:
    """Yield the names of the earlier processes of a program that was started several times."""
    program, _, number = name.rpartition(" ")
    if number.isdigit():
        yield from (program if n == 1 else f"{program} {n}" for n in range(1, int(number)))


def seen(a: Run, b: Run, place: Difference) -> Around:
    """Return what two traces show around a place; a batch that no loader gave was not watched."""
    phases = [run.record.trace.phases for run in (a, b)]
    wanted = {f"random {name}" for name in SHARED}
    wanted |= {"batch"} if place.phase == "loss" else set()
    watched = all(wanted <= {*names} for names in phases)
    found = around(a, b, place)
    return replace(found, watched=watched, unwatched=[*found.unwatched, *NEVER])


def strayed_before(a: Run, b: Run) -> list[str]:
    """Return the generators that stood elsewhere at the first step, whether drawn from or not."""
    sides = {name: (states(a, name), states(b, name)) for name in SHARED}
    return [
        name for name, (left, right) in sides.items()
        if left is not None and right is not None and len(left) and len(right)
        and left[0] != right[0]
    ]  # fmt: skip
