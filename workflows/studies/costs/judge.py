"""The table of costs that follows from all its rounds, or why there is none. Pure."""

from __future__ import annotations

from typing import Literal

from workflows.common.errors import UserError
from workflows.runs.record import ImageUsed, Status
from workflows.studies.costs.plan import AGAIN, REFERENCE, TRACED, Measurement
from workflows.studies.costs.result import CostMachine, Costs, Round, Row
from workflows.studies.costs.statistics import compare, rank


def row(arm: str, rounds: list[Round], asked: int) -> Row:
    """Return what `arm` costs, or why that is not known; `asked`: how many rounds there must be.

    Raises `UserError` when a round is missing, or a run that should be in it.
    """
    for number, each in enumerate(rounds):
        for side in (REFERENCE, arm):
            timed = each.arms.get(side)
            if timed and timed.status != "completed":
                whose = f"the reference {REFERENCE}: " if side != arm else ""
                reason = f"{whose}{timed.reason} (round {number})"
                return unknown(arm, timed.status, reason)
    if len(rounds) < asked:
        raise UserError(f"costs: {len(rounds)} of {asked} rounds are there; measure the others")
    seconds = [{side: timed.seconds or 0.0 for side, timed in each.arms.items()} for each in rounds]
    found = compare(seconds, arm, REFERENCE)
    return Row(
        configuration=arm, verdict=found.verdict, words=found.words, estimate=found, reason=None
    )


def unknown(name: str, status: Status, reason: str) -> Row:
    """Return the row of a configuration whose cost is not known, and why."""
    verdict: Literal["refused", "failed", "not-run"]
    verdict = "failed" if status == "completed" else status
    return Row(configuration=name, verdict=verdict, words=verdict, estimate=None, reason=reason)


def disturbance(control: Row) -> str | None:
    """Return why no row can be trusted, if the control says so."""
    if control.estimate is None:
        return f"the control {control.verdict}: {control.reason}"
    if control.verdict == "no measurable cost":
        return None
    return f"the same configuration against itself came out as: {control.words}"


def judge(
    measurement: Measurement,
    rounds: list[Round],
    machine: CostMachine,
    image: ImageUsed,
    identity: str,
) -> Costs:
    """Return the table that follows from all rounds, or says why there is none."""
    control = row(AGAIN, rounds, measurement.rounds)
    if TRACED in measurement.arms:
        tracing = row(TRACED, rounds, measurement.rounds)
    else:
        reason = "a traced run does not wait for the GPU, so its steps cannot be timed one by one"
        tracing = unknown(TRACED, "not-run", reason)
    names = [name for name in measurement.arms if name not in (REFERENCE, AGAIN, TRACED)]
    run = measurement.arms[REFERENCE]
    return Costs(
        environment=measurement.environment,
        device=measurement.device,
        benchmark=measurement.benchmark,
        steps=run.steps,
        reference=REFERENCE,
        confidence=rank(measurement.rounds)[1],
        disturbed=disturbance(control),
        rows=[row(name, rounds, measurement.rounds) for name in names],
        control=control,
        tracing=tracing,
        machine=machine,
        image=image,
        identity=identity,
        rounds=rounds,
    )
