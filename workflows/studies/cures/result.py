"""What a search for a cure found: a typed, versioned file that can be read by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from workflows.common.models import Model, load_model
from workflows.studies.ablation.result import Outcome
from workflows.studies.cures.plan import CuresPlan

Status = Literal["cured", "not cured", "not shown again", "nothing to cure", "not-run"]


class Try(Model):
    """Settings that were added, and what their runs showed."""

    added: list[str] = Field(description="to the configuration's own")
    found: Outcome


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
    runs: int = Field(0, description="that all this rests on")

    @classmethod
    def load(cls, path: Path) -> Cures:
        """Read a result; raise `UserError` when it is missing or not one."""
        return load_model(cls, path, "search for a cure")
