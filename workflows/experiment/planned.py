"""The plan as a file holds it: experiment, engine and runs, for all that comes after the runs."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from pydantic import Field

from workflows.common.errors import UnusableError, UserError
from workflows.common.models import Model, load_model
from workflows.experiment.model import Experiment
from workflows.experiment.specification import FlipIn, RunSpecification

SIDES = ("unset", "set")
"""Names of configurations that the plan uses for probes."""
FLIPPED, UNTOUCHED = "bit-flip", "untouched"
"""The variations of the two runs of a control, where the second is no cell of the matrix."""
FLIPPED_IN: dict[str, FlipIn] = {f"{FLIPPED}-{place}": place for place in get_args(FlipIn)}
"""The variations that flip a bit elsewhere than in a weight, and where."""
OUT = "benchmark "
"""How the line begins that says why a benchmark is out: its own file is at fault."""
CONTROLS = {FLIPPED, UNTOUCHED, *FLIPPED_IN}


class Control(Model):
    """A planned negative control: a run with one bit flipped, and the run that it is held against.

    The comparison of the two must find the difference at `step`, in the phase that belongs to
    the place where the bit is.
    """

    flipped: str
    untouched: str
    step: int
    flip_in: FlipIn | None = Field(None, description="where the bit is; None: in a weight")


class Plan(Model):
    """All runs, the controls among them, and what was left out with the reason."""

    runs: list[RunSpecification]
    controls: list[Control]
    left_out: list[str]


class Planned(Model):
    """What was asked, the engine that was taken and why, and the runs that follow."""

    experiment: Experiment
    engine: str
    why: str
    plan: Plan
    identities: dict[str, str] = Field(description="by a run's path: its code and settings")
    sum: str | None = Field(None, description="SHA-256 of its canonical JSON without this")

    @classmethod
    def load(cls, path: Path) -> Planned:
        """Read a plan; raise `UserError` when it is missing or not one."""
        try:
            return load_model(cls, path, "plan")
        except UnusableError as error:
            raise UserError(f"{path}: {error.why}; remove it and run snakemake again") from None
