"""What a verification found, cell by cell: `verification.json`."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from pydantic import Field

from workflows.common.models import Model
from workflows.common.revision import Revision
from workflows.compare.difference import Difference
from workflows.publication.manifest import Manifest

Answer = Literal["reproduced", "renamed", "prints-alike", "differs", "cannot-run", "not-claimed"]

WORDS: dict[Answer, str] = {
    "reproduced": "reproduced bit for bit",
    "renamed": "reproduced bit for bit, but not under its name",
    "prints-alike": "prints alike",
    "differs": "differs",
    "cannot-run": "cannot run here",
    "not-claimed": "not claimed",
}

Claim = Literal["made", "foretold", "silent", "none"]
"""What a publication says of a cell on a machine like this one: equal bits (`made`), other bits
(`foretold`), nothing (`silent`); `none`: the machine lacks what the cell needs, or nothing is
claimed of the cell anywhere.
"""

Standing = Literal["held", "beyond", "failed", "foretold", "unclaimed", "untested", "apart"]
"""What an answer means for what was claimed: `beyond`: equal bits that nobody claimed;
`untested`: claimed, but it could not be run; `apart`: there was nothing to test.
"""


class Foretold(Model):
    """Other bits that a publication itself shows on other processors."""

    place: Difference | None = Field(description="where its own runs part there")
    by: list[str] = Field(description="the variations that show it, in words")
    size: str | None = Field(None, description="how far its close look found the tensors apart")
    through: str | None = Field(
        None, description="the configuration that was varied, which gave the same bits"
    )


class After(Model):
    """What becomes of the loss and of the printed lines where a run differs."""

    losses: list[str] = Field(description="how far apart, at the first unequal loss and the last")
    prints: str = Field(description="to how many digits the printed lines agree")


class Checked(Model):
    """One cell's answer."""

    cell: str
    answer: Answer
    runs: int = Field(0, description="runs made here")
    steps: int = Field(0, description="published steps that were compared")
    first_difference: Difference | None = None
    reason: str | None = None
    notes: list[str] = Field([], description="what else is not equal, such as the hardware")
    claim: Claim = "made"
    foretold: Foretold | None = None
    after: After | None = None
    capped: str | None = Field(None, description="what its instruction sets were capped to")
    earlier: bool = Field(
        False, description="its name stands for further settings here, and for all of its own"
    )

    @property
    def standing(self) -> Standing:
        """What the answer means for what the publication claims of such a machine."""
        if self.answer in ("reproduced", "renamed"):
            return "held" if self.claim == "made" else "beyond"
        if self.answer == "not-claimed" or self.claim == "none":
            return "apart"
        if self.answer == "cannot-run":
            return "untested" if self.claim == "made" else "apart"
        meanings: dict[Claim, Standing] = {
            "made": "failed", "foretold": "foretold", "silent": "unclaimed"
        }  # fmt: skip
        return meanings[self.claim]

    def __str__(self) -> str:
        """Say it in one line."""
        text = f"{self.cell}: {WORDS[self.answer]}"
        if self.first_difference:
            text += f" first at {self.first_difference}"
        elif self.answer in ("reproduced", "renamed"):
            runs = f", {self.runs} runs" if self.runs > 1 else ""
            text += f" ({self.steps} steps compared{runs})"
        if self.reason:
            text += f": {self.reason}"
        if self.standing == "foretold":
            text += ", as foretold"
        after = [*self.after.losses, self.after.prints] if self.after else []
        return "; ".join([text, *after])


class Here(Model):
    """Where cells were run again: this machine, code and environments, in words."""

    machine: str
    published_on: str
    revision: Revision
    engine: str
    environments: list[str]
    started: str = Field(description="ISO 8601, UTC")
    limits: list[str] = Field([], description="what was asked for less than the whole")


class Verification(Model):
    """The machine-readable result."""

    schema_version: Literal[2] = 2
    publication: Manifest
    name: str = Field("", description="the file that was verified")
    digest: str = Field(description="its SHA-256, empty where a folder was verified")
    signed: str
    checked: list[str] = Field(description="what was checked of it, and what it only claims")
    engine: str
    here: Here
    conclusion: list[str] = Field(description="in sentences")
    exit_code: int
    cells: list[Checked]


def summary(found: list[Checked]) -> str:
    """Return the count of every answer in one line."""
    counts = Counter(each.answer for each in found)
    return ", ".join(
        f"{counts[answer]} {words}" for answer, words in WORDS.items() if counts[answer]
    )
