"""What a search for a cure found: a typed, versioned file that can be read by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from workflows.common.models import Model, load_model
from workflows.studies.ablation.result import Outcome
from workflows.studies.cures.plan import CuresPlan

Status = Literal["cured", "not cured", "not shown again", "nothing to cure", "refused", "not-run"]


class Try(Model):
    """Settings that were added, and what their runs showed."""

    added: list[str] = Field(description="to the configuration's own")
    found: Outcome


class Warned(Model):
    """What runs that are refused do where operators without a deterministic form only warn."""

    refused: list[str] = Field(description="operators that were refused, in PyTorch's words")
    found: Outcome
    operators: list[str] = Field(
        description="those that warned in these runs; a program can silence warnings"
    )

    def __str__(self) -> str:
        """Say it in one line."""
        found = self.found
        shown = f"{found.answer}: {found.reason}"
        if found.answer == "refused":
            shown = "refused all the same"
        elif found.answer == "identical":
            shown = f"{found.repeats} of {found.repeats} identical"
            shown += f", but {found.not_living}" if found.not_living else ""
        elif found.answer == "differs":
            under = ", ".join(self.operators or self.refused)
            shown = f"differs, first in {found.first_difference}" + f", under {under}" * bool(under)
        by = ", ".join(self.refused) or "an operator without a name"
        return f"refused by {by}; with warnings only: {shown}"


class Cures(Model):
    """The result of one search."""

    schema_version: Literal[1] = 1
    plan: CuresPlan
    identity: str = Field(
        description="SHA-256 over the code and all settings that it may try; more behind a colon "
        "where files that earlier runs had read were edited"
    )
    read: dict[str, str] | None = Field(
        None, description="SHA-256 of each further file of the project that its runs read"
    )
    content_digest: str = Field(description="of the environment's image")
    status: Status
    reason: str | None = Field(None, description="why there is no answer")
    steps: int = Field(0, description="that each of its runs took at most")
    tried: list[Try] = Field([], description="in this order")
    control: Outcome | None = Field(None, description="of fresh runs without anything added")
    warned: Warned | None = Field(
        None, description="of repeats that are refused: the same where operators only warn"
    )
    runs: int = Field(0, description="that all this rests on")

    @classmethod
    def load(cls, path: Path) -> Cures:
        """Read a result; raise `UserError` when it is missing or not one."""
        return load_model(cls, path, "search for a cure")
