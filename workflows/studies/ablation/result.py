"""What an ablation found: a typed, versioned file that can be read by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from workflows.common.models import Model, load_model
from workflows.compare.difference import Difference
from workflows.studies.ablation.plan import AblationPlan

Method = Literal["exact", "1-minimal"]


class Outcome(Model):
    """What the runs of one set of settings showed."""

    answer: Literal["identical", "differs", "refused", "failed", "not-run"]
    repeats: int = Field(description="completed runs that the answer rests on")
    first_difference: Difference | None = None
    reason: str | None = None
    not_living: str | None = Field(
        None, description="why runs that agree are no cure: a loss is no number, for example"
    )

    @property
    def holds(self) -> bool:
        """Whether the set kept these runs identical."""
        return self.answer == "identical"


class SettingResult(Model):
    """What one setting does here."""

    setting: str
    answer: str = Field(
        description="needed: without it the other settings do not keep runs identical; sufficient "
        "alone; one of several ways, part of a smallest set, part of a larger set; no effect "
        "here: in no set that is needed; no effect seen: the same, but not all ways were looked "
        "for; open: runs failed, or there was nothing to search; no meaning on the device"
    )
    needed: bool | None
    sufficient_alone: bool | None
    first_difference_without: Difference | None = Field(
        None, description="where runs first differ when it alone is removed"
    )
    reason_without: str | None = Field(None, description="why runs do not end without it")


class Way(Model):
    """A set of settings that keeps runs identical, and that loses this without any one of them."""

    settings: list[str]
    repeats: int = Field(description="fresh repeats that agreed, with the earlier ones too")
    divergence_below: float = Field(
        description="with 95 % confidence fewer than this share of runs deviate; rests on the "
        "fresh repeats alone, since the earlier ones chose the set"
    )


class Tested(Model):
    """One set that was run."""

    name: str = Field(description="its folder beside this file, in the one of the same name")
    settings: list[str]
    first: Outcome | None = Field(description="of the runs of the search; None: see fresh")
    fresh: Outcome | None = Field(description="of the repeats that confirm it, where made")


class Ablation(Model):
    """The result of one ablation. `keeps runs identical` always means: in the repeats made."""

    schema_version: Literal[1] = 1
    plan: AblationPlan
    identity: str = Field(
        description="SHA-256 over the code and all settings of the start; more behind a colon "
        "where files that earlier runs had read were edited"
    )
    read: dict[str, str] | None = Field(
        None, description="SHA-256 of each further file of the project that its runs read"
    )
    content_digest: str = Field(description="of the environment's image")
    status: Literal["done", "stopped", "not-run"]
    reason: str | None = Field(description="why it could not start")
    settings: list[SettingResult]
    smallest: list[Way]
    larger: list[Way] = Field(description="further ways, with more settings than the smallest")
    method: Method = Field(
        description="exact: every smaller set was tested, or ruled out since it lies inside one "
        "whose runs differ; 1-minimal: only the sets with one setting fewer were"
    )
    complete: bool = Field(description="no set works that contains none of these; by monotonicity")
    exception: list[list[str]] | None = Field(
        description="two sets against monotonicity: the first keeps runs identical, the second, "
        "which contains it, does not; nothing was ruled out then"
    )
    undecided: list[list[str]] = Field(description="sets whose runs failed")
    tested: list[Tested]
    runs: int = Field(description="runs that all this rests on")

    @classmethod
    def load(cls, path: Path) -> Ablation:
        """Read a result; raise `UserError` when it is missing or not one."""
        return load_model(cls, path, "ablation")
