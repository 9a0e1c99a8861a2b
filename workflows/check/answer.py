"""What `reprise check` found, as a file that can be read by itself, and as an exit code."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workflows.check.cure import Cure
from workflows.common.models import Model
from workflows.compare.close_look import Parted
from workflows.compare.difference import Difference
from workflows.runs.watched import Source

Result = Literal["repeats", "differs", "cannot be told"]
CODES: dict[Result, int] = {"repeats": 0, "differs": 1, "cannot be told": 2}


class Answer(Model):
    """The verdict on a command, what it rests on, and where it does not repeat why and what helps.

    `watched` and `unwatched` say in words what was compared and what was not.
    """

    schema_version: Literal[1] = 1
    command: list[str]
    settings: list[str] = Field(description="that all its runs had")
    result: Result
    reason: str | None = Field(description="why it cannot be told")
    log: list[str] = Field(description="last lines on standard error of a command that failed")
    repeats: int = Field(description="runs that the verdict rests on")
    divergence_below: float | None = Field(
        description="with 95 % confidence fewer than this share of runs deviate"
    )
    first_difference: Difference | None
    process: str | None = Field(None, description="in which it lies, where several train")
    sides: list[str | None] = Field([], description="what stands there in the two runs")
    cause: list[str] = Field([], description="in words, the likeliest first")
    sources: list[Source] | None = Field(None, description="None: nobody looked for them")
    operator: Parted | None = Field(
        None, description="at which two more runs were seen to part; None: not looked for, or alike"
    )
    cure: Cure | None = Field(None, description="None: none was searched for")
    python: list[str] = Field([], description="the cure as lines of Python")
    variables: list[str] = Field([], description="the cure as variables, NAME=VALUE")
    listed: list[str] = Field([], description="calls that take files as a folder lists them")
    elsewhere: Difference | None = Field(
        None, description="where a run that repeats differs from one with another such order"
    )
    watched: list[str]
    unwatched: list[str]
    notes: list[str]
    seconds: float = Field(description="that all runs took together")

    @property
    def code(self) -> int:
        """The exit code."""
        return CODES[self.result]
