"""What was found about costs: the table of one benchmark in one place, from its rounds."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from workflows.common.models import Model, load_model
from workflows.runs.record import ImageUsed, Status

CostVerdict = Literal["no measurable cost", "costs", "saves"]


class Estimate(Model):
    """The ratio of an arm's step time to the reference's: its median, and an interval for it."""

    ratio: float = Field(description="median over the rounds of arm / reference")
    low: float
    high: float
    confidence: float = Field(description="probability that the interval covers the true median")
    rounds: int

    @property
    def verdict(self) -> CostVerdict:
        """What the interval allows to say: only one without 1 in it shows a cost or a saving."""
        if self.low <= 1 <= self.high:
            return "no measurable cost"
        return "costs" if self.low > 1 else "saves"

    @property
    def words(self) -> str:
        """The verdict with its interval, such as `costs 5.1 % (4.6 to 5.9)`."""
        percent = [100 * (value - 1) for value in (self.ratio, self.low, self.high)]
        if self.verdict == "no measurable cost":
            return f"no measurable cost ({percent[1]:+.1f} to {percent[2]:+.1f} %)"
        if self.verdict == "saves":
            percent = [-percent[0], -percent[2], -percent[1]]
        digits = 1 if percent[1] >= 0.1 else 2
        shown = [f"{value:.{digits}f}" for value in percent]
        return f"{self.verdict} {shown[0]} % ({shown[1]} to {shown[2]})"


class CostMachine(Model):
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
    verdict: CostVerdict | Literal["refused", "failed", "not-run"]
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
    machine: CostMachine
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
