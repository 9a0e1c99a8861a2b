"""Runs both sides of a difference again, with the tensors around it kept.

One that only the end shows has no tensors; both sides then run to their end, and are observed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from workflows.common.errors import UserError
from workflows.compare import operators
from workflows.compare.around import around as seen_around
from workflows.compare.close_look import Parted, Rerun, RerunOutcome
from workflows.compare.closely import grows_from
from workflows.compare.difference import Difference, earliest, first_difference, parting
from workflows.compare.growth import window
from workflows.compare.notes import WORDS, parted
from workflows.compare.together import held
from workflows.environments.engines import get
from workflows.environments.images.record import ImageRecord
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.reads import stale
from workflows.runs.laboratory import Laboratory
from workflows.runs.machine import machine
from workflows.runs.obtain import obtain
from workflows.runs.record import Run
from workflows.runs.tensors import Dense, read_dense
from workflows.runs.watched import Source

ATTEMPTS = 2
"""A difference that moved is looked at once more, where it then was."""


@dataclass(frozen=True)
class Bench:
    """Where both sides can be run again, and the folder for these runs."""

    left: Laboratory
    right: Laboratory
    catalogue: Catalogue
    folder: Path

    def observing(self, a: Run, b: Run) -> Bench:
        """Return where two runs are observed, unless a planted bit is why they differ.

        An observed step takes some twice as long.
        """
        observe = all(run.record.run.flip is None for run in (a, b))
        left, right = (replace(side, observe=observe) for side in (self.left, self.right))
        return replace(self, left=left, right=right)


class Side(NamedTuple):
    """One side's second run, with the tensors that it kept."""

    run: Run
    dense: Dense | None


class Again(NamedTuple):
    """What became of a second look: its report, where it saw the difference, the tensors.

    `operator`: the one at which the sides part there.
    """

    report: Rerun
    place: Difference | None = None
    left: Dense | None = None
    right: Dense | None = None
    sources: list[Source] | None = None
    operator: Parted | None = None


class NotPossibleError(Exception):
    """A side cannot be run again here, and why."""


def rerun(a: Run, b: Run, place: Difference, bench: Bench) -> Again:
    """Run both sides again around `place`; where the difference moved, once more around that."""
    seen: list[Difference | None] = []
    around, bench = place, bench.observing(a, b)
    try:
        for original, where in ((a, bench.left), (b, bench.right)):
            if why := _obstacle(original, where, bench.catalogue):
                raise NotPossibleError(f"{original.record.run.path}: {why}")
        for attempt in range(ATTEMPTS):
            left = _side(a, around, bench.left, bench, f"left-{attempt}")
            right = _side(b, around, bench.right, bench, f"right-{attempt}")
            found = _between(left.run, right.run, around)
            seen.append(found)
            if found is None or found.step is None or found.step in left.run.record.run.dense:
                break
            around = found
    except NotPossibleError as why:
        return Again(Rerun(outcome="not possible", reason=str(why), seen=seen))
    shown = [each for each in seen if each is not None]
    own = _between(a, left.run, place), _between(b, right.run, place)
    report = Rerun(
        outcome=_outcome(place, shown), seen=seen, reason=_dropped(left.run) or _dropped(right.run),
        steps=min(len(left.run.steps), len(right.run.steps)),
        left=own[0], left_repeated=_after(own[0], place),
        right=own[1], right_repeated=_after(own[1], place),
    )  # fmt: skip
    operator = _operator(left, right, found) if found else None
    return Again(
        report, found or (shown[-1] if shown else None), left.dense, right.dense,
        _sources(left.run, right.run), operator,
    )  # fmt: skip


def _between(a: Run, b: Run, around: Difference) -> Difference | None:
    """Return where two runs part, as far as a place asks for it."""
    return first_difference(a, b) if grows_from(around) is None else parting(a, b)


def _operator(left: Side, right: Side, place: Difference) -> Parted | None:
    """Return the operator at which two sides part, where no generator had led them apart before.

    On two devices the same operator is asked otherwise, so that nothing is told there; and that a
    changed program goes another way is the change, not what it does.
    """
    step, kept = grows_from(place), (left.dense, right.dense)
    recorded = left.run.record.run.dense[:1]
    if step is None or recorded != [step] or None in kept:
        return None
    asked = left.run.record.run, right.run.record.run
    if asked[0].device != asked[1].device:
        return None
    if seen_around(left.run, right.run, place).apart:
        return None
    ours, theirs = (operators.read(one.operators) for one in kept if one)
    found = operators.parted(ours, theirs) if ours and theirs else None
    changed = asked[0].combination != asked[1].combination
    return None if found and found.kind == "flow" and changed else found


def _sources(left: Run, right: Run) -> list[Source] | None:
    """Return the sources that both sides observed, each once; None where neither observed any.

    Without draws that both sides have alike, if their generator stands alike too: they tell nothing
    of a difference.
    """
    sides = [run.record.sources for run in (left, right) if run.record.sources is not None]
    if not sides:
        return None
    found = held(sides[0], sides[-1])
    apart = tuple(f"{WORDS[name]}: " for name in parted(left, right))
    return [
        one
        for one in found
        if one.kind != "draw" or one.what.startswith(apart) or any(one not in s for s in sides)
    ]


def _dropped(run: Run) -> str | None:
    """Say why a run kept no tensors, None if it did."""
    why = run.record.trace.dense_dropped
    return why and f"no tensors were kept: {why}"


def _outcome(place: Difference, shown: list[Difference]) -> RerunOutcome:
    """Say what the attempts that showed a difference amount to."""
    if not shown:
        return "not shown again"
    # Only of the initial weights does a trace know the tensor: it is part of the place then.
    return "shown again at the same place" if shown[-1] == place else "shown elsewhere"


def _after(own: Difference | None, place: Difference) -> bool:
    """Say whether a side equalled its own first run up to the place, and in it."""
    if own is None:
        return True
    same = (own.phase, own.step) == (place.phase, place.step)
    return not same and earliest([own, place]) == place


def _side(original: Run, around: Difference, where: Laboratory, bench: Bench, name: str) -> Side:
    """Carry out one side again; raise `NotPossibleError` where that is not the same run."""
    specification = original.record.run
    step = grows_from(around)  # None: only its end tells
    dense = [] if step is None else window(step, specification.steps)
    target = bench.folder / f"{name}.json"
    wanted = specification.model_copy(update={"dense": dense})
    run = obtain(wanted, target, where, bench.catalogue)
    run = replace(run, noise=original.noise)
    if run.record.status != "completed":
        raise NotPossibleError(f"{specification.path}: {run.record.status}: {run.record.reason}")
    was, now = machine(original), machine(run)
    if was != now:
        raise NotPossibleError(f"{specification.path}: it ran on {was}; this is {now}")
    return Side(run, read_dense(target, run))


def _obstacle(original: Run, where: Laboratory, catalogue: Catalogue) -> str | None:
    """Say why a run cannot be carried out again with the same image, code and settings."""
    record = original.record
    try:
        image = ImageRecord.load(where.image)
        get(image.engine).probe()
    except UserError as error:
        return str(error)
    used = record.image
    if used and (used.engine, used.content_digest) != (image.engine, image.content_digest):
        was, now = (f"{x.engine} {x.content_digest[:12]}" for x in (used, image))
        return f"it ran in image {was}; here is {now}"
    if record.run.benchmark not in catalogue.benchmarks:
        return f"there is no benchmark {record.run.benchmark} here"
    if unknown := [name for name in record.run.settings if name not in catalogue.settings]:
        return f"there is no setting {unknown[0]} here"
    if record.identity and (why := stale(record, identity(record.run, catalogue))):
        return f"it {why}"
    return None
