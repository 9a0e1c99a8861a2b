"""The result of an ablation, put together from what is known and what was found. Pure."""

from __future__ import annotations

from typing import Any, Literal

from workflows.compare.verdict import divergence_bound
from workflows.studies.ablation.knowledge import UNDECIDED, Knowledge, Settings
from workflows.studies.ablation.plan import AblationPlan, named
from workflows.studies.ablation.result import Ablation, SettingResult, Tested, Way
from workflows.studies.ablation.search import Found


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
