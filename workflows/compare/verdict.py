"""The verdict on one combination: a pure function of the runs of its repeats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from workflows.common.models import Model
from workflows.compare.difference import Difference, earliest, first_difference
from workflows.compare.noise import counted
from workflows.compare.notes import notes
from workflows.compare.outcome import on_common, outcome
from workflows.runs.record import Run

VerdictName = Literal["identical", "prints-alike", "differs", "refused", "failed", "not-run"]


class Verdict(Model):
    """What the repeats of a combination show."""

    verdict: VerdictName
    repeats: int = Field(description="completed runs that the verdict rests on")
    distinct: int = Field(description="number of distinct outcomes among them")
    divergence_below: float | None = Field(
        description="identical only: with 95 % confidence fewer than this share of runs deviate"
    )
    first_difference: Difference | None
    reason: str | None
    ended_after: int | None = Field(
        None, description="steps after which each repeat ended before it was asked to"
    )
    notes: list[str] = Field([], description="what else is to be said of them, in words")


def divergence_bound(repeats: int) -> float:
    """Return 1 - 0.05**(1/N): the share of deviating runs that N equal ones still allow, at 95 %.

    If a share p deviated, N runs would all agree with probability (1 - p)**N; the bound is the
    p at which that falls to 5 %.
    """
    return float(1 - 0.05 ** (1 / repeats))


def judge(runs: list[Run]) -> Verdict:
    """Return the verdict; every repeat counts, and one that failed decides it."""
    completed = [run for run in runs if run.record.status == "completed"]
    # In this order: a failure hides nothing, and one run alone shows nothing.
    for status in ("failed", "refused", "not-run"):
        others = [run for run in runs if run.record.status == status]
        if others:
            reasons = list(dict.fromkeys(run.record.reason or status for run in others))
            count = f"{len(others)} of {len(runs)}: " if completed else ""
            return without(status, len(completed), count + "; ".join(reasons))
    if any(not run.record.run.traced for run in runs):
        return without("failed", len(completed), "steps were only timed: nothing to compare")
    if len({run.record.trace.fingerprint for run in completed}) > 1:
        text = "traced by two versions of the fingerprint: nothing to compare"
        return without("failed", len(completed), text)
    if len(completed) < 2:
        return without("failed", len(completed), "fewer than two runs: nothing to compare")
    outcomes = {outcome(run): run for run in on_common(completed)}
    first, *others = outcomes.values()
    differences = [d for other in others if (d := first_difference(first, other))]
    if len(differences) != len(others):
        raise AssertionError("digests differ where the comparison finds no difference")
    parted = earliest(differences) if differences else None
    return Verdict(
        verdict="identical"
        if not others
        else "prints-alike"
        if print_alike(outcomes.values(), parted)
        else "differs",
        repeats=len(completed),
        distinct=len(outcomes),
        divergence_below=None if others else divergence_bound(len(completed)),
        first_difference=parted,
        reason=None,
        ended_after=ended_after(completed),
        notes=notes(completed, identical=not others),
    )


def print_alike(runs: Iterable[Run], parted: Difference | None) -> bool:
    """Return whether runs print the same lines, though their bits are not the same.

    Programs that print nothing do not print alike, nor do those that leave other files.
    """
    printed = {tuple(line.plain for line in counted(r.record.printed, r.noise)) for r in runs}
    outside = parted is not None and parted.phase in ("files", "printed", "printed errors")
    return len(printed) == 1 and printed != {()} and not outside


def ended_after(runs: list[Run]) -> int | None:
    """Return the steps after which all runs ended before they were asked to; None otherwise."""
    taken = {run.record.trace.steps for run in runs}
    early = all(run.record.trace.steps < run.record.run.steps_taken for run in runs)
    return taken.pop() if len(taken) == 1 and early else None


def without(verdict: VerdictName, repeats: int, reason: str) -> Verdict:
    """Return a verdict that rests on no comparison."""
    return Verdict(
        verdict=verdict, repeats=repeats, distinct=0, divergence_below=None,
        first_difference=None, reason=reason,
    )  # fmt: skip
