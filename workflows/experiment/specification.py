"""The specification of one run: everything that was asked of it, and the cell it belongs to."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from workflows.common.models import Model
from workflows.environments.conditions import Conditions


class Combination(Model):
    """One cell of the matrix; its runs differ in their repeat alone."""

    environment: str
    device: str
    benchmark: str
    configuration: str
    variation: str


FlipIn = Literal["buffer", "optimizer", "generator"]
"""Where a bit can be flipped beside the weights."""


class RunSpecification(Combination):
    """Everything that was asked of one run; nothing here names a host, a path or a time."""

    repeat: int
    seed: int
    steps: int
    options: dict[str, Any]
    threads: int
    settings: list[str]
    conditions: Conditions = Conditions()
    resume: int | None = Field(None, description="steps of the first of two processes")
    flip: int | None = Field(None, description="step after which one bit is flipped")
    flip_in: FlipIn | None = Field(None, description="where that bit is; None: in a weight")
    dense: list[int] = Field([], description="steps whose tensors are kept; ends after the last")
    traced: bool = Field(True, description="False: only the time of each step is taken")

    fingerprint: Literal[1, 2] | None = Field(
        None, description="version of the hash, to be held against older runs; None: the newest"
    )

    @property
    def steps_taken(self) -> int:
        """How many steps a completed run has taken."""
        return min(self.steps, max(self.dense) + 1) if self.dense else self.steps

    @property
    def combination(self) -> Combination:
        """The cell that this run belongs to."""
        return Combination(**{name: getattr(self, name) for name in Combination.model_fields})

    @property
    def path(self) -> str:
        """Where its record lies below `results/runs/`, without the suffix."""
        folder = [getattr(self, name) for name in Combination.model_fields]
        return "/".join([*folder, str(self.repeat)])
