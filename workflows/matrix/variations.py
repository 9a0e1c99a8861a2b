"""Which variations keep the letter: the second table of the matrix.

A letter is kept when the baseline is identical in all its repeats, the variation is too, and both
have the same letter. A baseline that does not repeat by itself leaves the question open.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from workflows.common.models import Model
from workflows.compare.difference import Difference, equal, first_difference
from workflows.compare.verdict import judge
from workflows.experiment import comparisons
from workflows.experiment.specification import Combination
from workflows.matrix.cause import Cause
from workflows.runs.machine import hosts
from workflows.runs.record import Run, RunRecord

CAPS = {"ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS"}
"""Variables that cap instruction sets, as on a processor that lacks the others."""
UNREACHED = "the change did not reach the run: a setting, a default or this machine overrides it"

KeptAnswer = Literal["kept", "lost", "open", "refused", "failed", "not-run"]


class Kept(Model):
    """One variation of one configuration, held against its baseline."""

    environment: str
    device: str
    benchmark: str
    configuration: str
    variation: str = Field(description="what was changed: a variation, or `environment NAME`")
    baseline: Combination
    varied: Combination
    answer: KeptAnswer
    steps: int
    repeats: int = Field(description="completed runs of the variation")
    first_difference: Difference | None
    reason: str | None
    cause: Cause | None = Field(None, description="why the letter is lost, and what would keep it")


def answer(
    baseline: list[Run], varied: list[Run]
) -> tuple[KeptAnswer, Difference | None, str | None]:
    """Return whether `varied` keeps the letter of `baseline`, the first difference, the reason."""
    left, right = judge(baseline), judge(varied)
    for verdict, which in ((right, "the variation"), (left, "its baseline")):
        if verdict.verdict in ("refused", "failed", "not-run"):
            reason = verdict.reason if verdict is right else f"{which}: {verdict.reason}"
            return verdict.verdict, None, reason
    if left.verdict != "identical":
        return "open", left.first_difference, "its baseline does not repeat by itself"
    if right.verdict != "identical":
        return "lost", right.first_difference, "it does not repeat by itself under this variation"
    if equal([baseline[0], varied[0]]):
        return "kept", None, None if reached(baseline[0], varied[0]) else UNREACHED
    difference = first_difference(baseline[0], varied[0])
    if len(places := hosts([*baseline, *varied])) > 1:
        return "open", difference, f"they ran on several machines: {'; '.join(places)}"
    return "lost", difference, None


def reached(baseline: Run, varied: Run) -> bool:
    """Return whether the change reached the run, by what both records hold.

    A setting can override it (that is what settings are for), and a cap on instruction sets that
    the processor lacks caps nothing: the letter is kept then, but nothing was tried.
    """
    x, y = baseline.record, varied.record
    asked = ("options", "resume", "environment", "settings")
    if any(getattr(x.run, name) != getattr(y.run, name) for name in asked):
        return True
    for name in ("load", "folder"):  # no record holds these in a comparable way
        if getattr(x.run.conditions, name) != getattr(y.run.conditions, name):
            return True
    if set(y.run.conditions.variables) and set(y.run.conditions.variables) <= CAPS:
        wide = y.held is not None and "avx512f" in y.held.processor.instructions
        if not wide and all(v.lower() == "avx2" for v in y.run.conditions.variables.values()):
            return False
    return surroundings(x) != surroundings(y)


def surroundings(record: RunRecord) -> dict[str, Any]:
    """Return what a record holds of the run's surroundings, without what means the same."""
    if (held := record.held) is None:
        return {}
    variables = {
        name: value
        for name, value in held.variables.items()
        if (name, value) != ("PYTHONHASHSEED", "random") and not name.endswith("_NUM_THREADS")
    }
    same = {name: getattr(held, name) for name in ("flags", "processor", "versions")}
    return {**same, "variables": variables, "user": held.process.user}


def kept(name: str, baseline: list[Run], varied: list[Run]) -> Kept:
    """Hold the runs of one combination against those of its baseline."""
    left, right = baseline[0].record.run.combination, varied[0].record.run.combination
    found, difference, reason = answer(baseline, varied)
    return Kept(
        **right.model_dump(exclude={"variation"}),
        variation=name,
        baseline=left,
        varied=right,
        answer=found,
        steps=varied[0].record.run.steps,
        repeats=sum(run.record.status == "completed" for run in varied),
        first_difference=difference,
        reason=reason,
    )


def table(combinations: dict[Combination, list[Run]]) -> list[Kept]:
    """Return the answer for every variation, and for every environment after the first."""
    steps = {cell: runs[0].record.run.steps for cell, runs in combinations.items()}
    answers = []
    for cell, runs in combinations.items():
        if base := comparisons.baseline(cell, steps):
            answers.append(kept(cell.variation, combinations[base], runs))
        elif cell.variation == "baseline" and (first := comparisons.first_environment(cell, steps)):
            answers.append(kept(f"environment {cell.environment}", combinations[first], runs))
    return answers
