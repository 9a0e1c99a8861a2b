"""What was found about costs: the table of one benchmark in one place, from its rounds.

`python -m workflows.studies.costs.result` writes the JSON Schema of
`results/costs/…/BENCHMARK.json`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from workflows.common.errors import UserError
from workflows.common.models import Model, load_model
from workflows.runs.record import ImageUsed, Status
from workflows.studies.costs.plan import AGAIN, REFERENCE, TRACED, Measurement
from workflows.studies.costs.statistics import Estimate, Verdict, compare, rank


class Machine(Model):
    """What the host says of itself."""

    processor: str
    cores: int = Field(description="logical cores that this process may use")
    gpu: str | None = Field(None, description="the GPU, where the steps computed on one")


class Timed(Model):
    """How the run of one arm in one round ended, and its median step time."""

    status: Status
    reason: str | None
    seconds: float | None = Field(description="median seconds per step, warm-up left out")


class Round(Model):
    """One round: every arm once, one after the other, in the order of `arms`."""

    started: str
    load_before: float = Field(description="load average of the last minute, at its start")
    load_after: float
    arms: dict[str, Timed]


class Row(Model):
    """What one configuration costs."""

    configuration: str
    verdict: Verdict | Literal["refused", "failed", "not-run"]
    words: str
    estimate: Estimate | None
    reason: str | None


class Costs(Model):
    """The costs of all configurations on one benchmark in one place."""

    schema_version: Literal[1] = 1
    environment: str
    device: str
    benchmark: str
    steps: int
    reference: str
    confidence: float = Field(description="of each row's interval, for itself")
    disturbed: str | None = Field(description="why no row can be trusted; null: the control held")
    rows: list[Row]
    control: Row = Field(description="the reference against itself: it must show no cost")
    tracing: Row = Field(description="the reference traced against itself untraced")
    machine: Machine
    image: ImageUsed
    identity: str = Field(
        description="SHA-256 over the code and the settings that were timed; more behind a colon "
        "where files that earlier runs had read were edited"
    )
    read: dict[str, str] | None = Field(
        None, description="SHA-256 of each further file of the project that its runs read"
    )
    rounds: list[Round]

    @classmethod
    def load(cls, path: Path) -> Costs:
        """Read a table; raise `UserError` when it is missing or none."""
        return load_model(cls, path, "table of costs")


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
    machine: Machine,
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
