"""Where two runs first differ, in causal order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any, Literal, get_args

import numpy as np
from pydantic import Field

from workflows.common.errors import UserError
from workflows.common.models import Model
from workflows.compare.noise import Line, counted
from workflows.compare.outcome import FINAL, INITIAL, differing, ended, on_common, outcome, phases
from workflows.runs.record import Run
from workflows.runs.watched import ENDS

Phase = Literal[
    "initial weights", "initial state",
    "batch", "loss", "backward", "gradients", "weights", "state",
    "length", "final weights", "final state", "files", "printed", "printed errors",
]  # fmt: skip
"""In causal order, those of a step together."""
ORDER: tuple[str, ...] = get_args(Phase)
START, END = ("initial weights", "initial state"), ORDER[ORDER.index("final weights") :]
SHOWN = 200
"""Characters of a printed line that are shown."""


class Difference(Model):
    """Where two runs part: the phase in causal order, the step (from 0), the tensor if known."""

    phase: Phase
    step: int | None = None
    tensor: str | None = Field(None, description="a tensor's name; of `files` FILE or FILE: PART")
    line: int | None = Field(None, description="the first printed line that differs, from 1")
    left: str | None = Field(None, description="that line, or the number of steps; None: no line")
    right: str | None = Field(None, description="the same of the other side")

    def __str__(self) -> str:
        """Say it in words."""
        where = f" at step {self.step}" if self.step is not None else ""
        what = self.tensor or (f"line {self.line}" if self.line else None)
        return f"{self.phase}{where}" + (f" ({what})" if what else "")

    @property
    def sides(self) -> str | None:
        """What stands on each side, where it can be shown."""
        if self.left is None and self.right is None:
            return None
        shown = ("nothing" if side is None else f"{side!r}" for side in (self.left, self.right))
        return " against ".join(shown) if self.line else f"{self.left} against {self.right}"


def first_difference(a: Run, b: Run) -> Difference | None:
    """Return where two runs first differ, or None when every bit that both traced is equal.

    Noise in what they printed is no difference. Raises `UserError` where they were traced by two
    versions of the fingerprint.
    """
    same_fingerprints(a, b)
    a, b = on_common([a, b])
    return _at_start(a, b) or _in_steps(a, b) or _at_end(a, b) or _printed(a, b)


def _at_start(a: Run, b: Run) -> Difference | None:
    names = a.record.trace.tensors, b.record.trace.tensors
    prints = a.initial.tolist(), b.initial.tolist()
    for left, right, x, y in zip_longest(*names, *prints):
        if (left, x) != (right, y):
            return Difference(phase="initial weights", tensor=left or right)
    if ended(a) and a.ends[INITIAL] != b.ends[INITIAL]:
        return Difference(phase="initial state")
    return None


def _in_steps(a: Run, b: Run) -> Difference | None:
    names = phases(a)
    columns = [a.record.trace.phases.index(name) for name in names]
    common = min(len(a.steps), len(b.steps))
    rows, found = np.nonzero(a.steps[:common, columns] != b.steps[:common, columns])
    if len(rows):
        # np.nonzero goes row by row and, in a row, phase by phase: causal order.
        return Difference(phase=names[found[0]], step=int(rows[0]))
    return length(len(a.steps), len(b.steps))


def length(a: int, b: int) -> Difference | None:
    """Return the difference of two numbers of steps, None of equal ones."""
    if a == b:
        return None
    return Difference(phase="length", step=min(a, b), left=f"{a} steps", right=f"{b} steps")


def _at_end(a: Run, b: Run) -> Difference | None:
    left, right = a.record.trace, b.record.trace
    if left.final_weights != right.final_weights:
        return Difference(phase="final weights")
    if not ended(a):
        return None
    if left.final_state != right.final_state or a.ends[FINAL] != b.ends[FINAL]:
        return Difference(phase="final state")
    file = differing(a.record.files, b.record.files, a.noise)
    return Difference(phase="files", tensor=file) if file else None


def _printed(a: Run, b: Run) -> Difference | None:
    x, y = a.record, b.record
    lines: list[tuple[Phase, list[Line], list[Line]]] = [
        ("printed", counted(x.printed, a.noise), counted(y.printed, a.noise)),
        (
            "printed errors",
            counted(x.printed_errors, a.noise, errors=True),
            counted(y.printed_errors, a.noise, errors=True),
        ),
    ]
    for phase, ours, theirs in lines:
        for left, right in zip_longest(ours, theirs):
            if left is None or right is None or left.plain != right.plain:
                shown = [line and line.printed[:SHOWN] for line in (left, right)]
                number = (left or right).number
                return Difference(phase=phase, line=number, left=shown[0], right=shown[1])
    return None


def equal(runs: Sequence[Run]) -> bool:
    """Return whether runs are equal in every bit that all of them traced."""
    return len({outcome(run) for run in on_common(runs)}) == 1


def same_fingerprints(a: Run, b: Run) -> None:
    """Raise `UserError` where two runs were traced by two versions of the hash.

    Equal bits then have unequal fingerprints, so that neither answer would mean anything.
    """
    versions = a.record.trace.fingerprint, b.record.trace.fingerprint
    if versions[0] != versions[1]:
        named = [
            f"{run.record.run.path} by version {v}" for run, v in zip((a, b), versions, strict=True)
        ]
        raise UserError(
            f"traced by two versions of the fingerprint: {' and '.join(named)}; "
            "make one of them again with --fingerprint of the other"
        )


def earliest(differences: list[Difference]) -> Difference:
    """Return the one that comes first in causal order."""

    def key(difference: Difference) -> tuple[float, int]:
        place = ORDER.index(difference.phase)
        if difference.phase in START:
            return (-1, place)
        late = difference.phase in END or difference.step is None
        return (float("inf") if late else difference.step or 0, place)

    return min(differences, key=key)


def comparable(a: Run, b: Run) -> None:
    """Raise `UserError` unless both runs trained the same benchmark."""
    for run in (a, b):
        if run.record.status != "completed":
            where = f"{run.record.run.path}: {run.record.status}: {run.record.reason}"
            raise UserError(f"only completed runs can be compared; {where}")
        if not run.record.run.traced:
            where = f"{run.record.run.path}: its steps were only timed, not traced"
            raise UserError(f"{where}; run it with --traced True")
    same_fingerprints(a, b)
    if a.record.run.benchmark != b.record.run.benchmark:
        names = f"{a.record.run.benchmark} and {b.record.run.benchmark}"
        raise UserError(f"these are runs of two benchmarks, {names}; compare runs of one")


def cut(run: Run, steps: int) -> Run:
    """Return the first steps of a run, without what is only known at its end."""
    trace = run.record.trace.model_copy(
        update={"steps": steps, "final_weights": "", "final_state": ""}
    )
    nothing: dict[str, Any] = {"printed": [], "printed_errors": [], "files": {}}
    ends = run.ends.copy()
    ends[[name != "initial state" for name in ENDS[: len(ends)]]] = 0
    record = run.record.model_copy(update={"trace": trace, **nothing})
    return replace(run.rows(slice(steps)), record=record, ends=ends)


def parting(a: Run, b: Run) -> Difference | None:
    """Return the first difference over the steps that both runs took."""
    common = min(len(a.steps), len(b.steps))
    return first_difference(cut(a, common), cut(b, common))
