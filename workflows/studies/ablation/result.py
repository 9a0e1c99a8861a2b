"""What an ablation found: a typed, versioned file that can be read by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from workflows.common.models import Model, load_model
from workflows.compare.difference import Difference
from workflows.compare.verdict import divergence_bound
from workflows.studies.ablation.knowledge import UNDECIDED, Knowledge, Outcome, Settings
from workflows.studies.ablation.plan import AblationPlan, named
from workflows.studies.ablation.search import Found, Method


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


class Sufficient(Model):
    """A smallest set of settings that an ablation found and verified."""

    settings: list[str]
    repeats: int


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

    @property
    def sufficient(self) -> list[Sufficient]:
        """The smallest sets, for the causes of differences."""
        return [Sufficient(settings=w.settings, repeats=w.repeats) for w in self.smallest]

    @classmethod
    def load(cls, path: Path) -> Ablation:
        """Read a result; raise `UserError` when it is missing or not one."""
        return load_model(cls, path, "ablation")


def assemble(
    plan: AblationPlan, known: Knowledge, found: Found, used: dict[str, Any], runs: int
) -> Ablation:
    """Return the result; `used` holds its fields of code, data and image."""

    def listed(settings: Settings) -> list[str]:
        return [name for name in plan.settings if name in settings]

    def way(settings: Settings) -> Way:
        repeats = known.confirmed[settings].repeats
        bound = divergence_bound(repeats)
        return Way(settings=listed(settings), repeats=repeats, divergence_below=bound)

    start = known.tested[known.acting(frozenset(known.full))]
    stopped: Literal["stopped", "not-run"] = "not-run" if start.answer == "not-run" else "stopped"
    return Ablation(
        plan=plan,
        **used,
        status=stopped if found.stopped else "done",
        reason=found.stopped,
        settings=[result(name, plan.device, known, found) for name in plan.settings],
        smallest=[way(settings) for settings in found.smallest],
        larger=[way(settings) for settings in found.larger],
        method=found.method,
        complete=found.complete,
        exception=[listed(each) for each in known.exception] if known.exception else None,
        undecided=[listed(each) for each in known.undecided],
        tested=[
            Tested(
                name=named(listed(each)),
                settings=listed(each),
                first=None if outcome is known.confirmed.get(each) else outcome,
                fresh=known.confirmed.get(each),
            )
            for each, outcome in known.tested.items()
        ],
        runs=runs,
    )


def result(setting: str, device: str, known: Knowledge, found: Found) -> SettingResult:
    """Return what one setting does, from the tests of the table and the ways found."""
    if setting not in known.full:
        text = f"no meaning on {device}"
        return SettingResult(setting=setting, answer=text, needed=None, sufficient_alone=None)
    none, one = frozenset[str](), frozenset({setting})
    outcomes = [known.tested.get(known.acting(s)) for s in (known.without(setting), one, none)]
    removed, alone, empty = outcomes
    if found.stopped or removed is None or alone is None or empty is None:
        return SettingResult(setting=setting, answer="open", needed=None, sufficient_alone=None)
    needed = None if removed.answer in UNDECIDED else not removed.holds
    sufficient = None if alone.answer in UNDECIDED else alone.holds and not empty.holds
    return SettingResult(
        setting=setting,
        answer=in_words(setting, needed, sufficient, found),
        needed=needed,
        sufficient_alone=sufficient,
        first_difference_without=removed.first_difference,
        reason_without=removed.reason,
    )


def in_words(setting: str, needed: bool | None, sufficient: bool | None, found: Found) -> str:
    """Return the answer for a setting that means something here."""
    if needed or sufficient:
        words = {"needed": needed, "sufficient alone": sufficient}
        return ", ".join(word for word, holds in words.items() if holds)
    ways = [*found.smallest, *found.larger]
    if any(setting in way for way in found.smallest):
        several = any(setting not in way for way in ways)
        return "one of several ways" if several else "part of a smallest set"
    if any(setting in way for way in found.larger):
        return "part of a larger set"
    if needed is None or sufficient is None:
        return "open"
    return "no effect here" if found.complete else "no effect seen"
