"""What changed from one campaign to the next, and what about the surroundings may be why. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from workflows.common.models import Model
from workflows.history.campaign import Campaign, CampaignCell

Kind = Literal["verdict", "drifted"]


class Change(Model):
    """A cell that is not what it was."""

    cell: str
    kind: Kind
    since: str = Field(description="the campaign that it is held against")
    before: str
    after: str
    surroundings: list[str] = Field(description="what else changed, as far as it is recorded")

    def __str__(self) -> str:
        """Say it in one line."""
        what = (
            f"{self.before} before, {self.after} now"
            if self.kind == "verdict"
            else f"drifted: {self.after} within itself, but other bits than before"
        )
        return f"{self.cell}: {what}; {'; '.join(self.surroundings)}"


class Comparison(Model):
    """A campaign held against the earlier ones."""

    before: str | None = Field(description="the campaign just before; None for the first")
    after: str
    changes: list[Change]
    same: int = Field(description="cells with the same verdict and, where identical, equal bits")
    other: list[str] = Field(description="cells that nothing earlier answered")

    def __str__(self) -> str:
        """Say it in one line."""
        verdicts = sum(change.kind == "verdict" for change in self.changes)
        drifted = len(self.changes) - verdicts
        text = f"{self.after}: {self.same} cells as before"
        text += f", {verdicts} with another verdict, {drifted} drifted"
        return text + (f", {len(self.other)} new" if self.other else "")


def compare(earlier: Sequence[Campaign], after: Campaign) -> Comparison:
    """Hold each cell of a campaign against the last of the earlier ones that answered the same.

    `earlier`: the oldest first. A campaign in which the cell could not run answers nothing, unless
    it cannot run now either.
    """
    changes, other, same = [], [], 0
    for name, new in after.cells.items():
        before = last(earlier, name, new)
        if before is None:
            other.append(name)
            continue
        old = before.cells[name]
        kind = changed(old, new)
        if kind is None:
            same += 1
            continue
        around = surroundings(before, after, name)
        changes.append(
            Change(
                cell=name, kind=kind, since=before.name, before=old.verdict, after=new.verdict,
                surroundings=around or ["nothing else that is recorded changed"],
            )
        )  # fmt: skip
    return Comparison(
        before=earlier[-1].name if earlier else None, after=after.name, changes=changes,
        same=same, other=other,
    )  # fmt: skip


def last(earlier: Sequence[Campaign], name: str, new: CampaignCell) -> Campaign | None:
    """Return the last campaign that was asked the same in a cell; one that answered, if any."""
    asked = [
        campaign
        for campaign in reversed(earlier)
        if name in campaign.cells and campaign.cells[name].question == new.question
    ]
    if new.verdict == "not-run":
        return asked[0] if asked else None
    ran = [campaign for campaign in asked if campaign.cells[name].verdict != "not-run"]
    found = ran or asked
    return found[0] if found else None


def changed(old: CampaignCell, new: CampaignCell) -> Kind | None:
    """Return how a cell changed, or None."""
    if old.verdict != new.verdict:
        return "verdict"
    return "drifted" if new.verdict == "identical" and old.outcomes != new.outcomes else None


def surroundings(before: Campaign, after: Campaign, name: str) -> list[str]:
    """Return what changed around a cell: machine, engine, environment, code."""
    environment = name.partition("/")[0]
    found = _pairs("", before.machine, after.machine)
    if before.engine != after.engine:
        found.append(f"engine {before.engine} → {after.engine}")
    old, new = before.images.get(environment), after.images.get(environment)
    if old and new and old != new:
        packages = _pairs("", old.packages, new.packages)
        found += packages
        found += _pairs("", {"Python": old.python}, {"Python": new.python})
        if old.lock_digest != new.lock_digest:
            found.append("the lock")
        if old.content_digest != new.content_digest and not packages:
            digests = old.content_digest[:12], new.content_digest[:12]
            found.append(f"contents of {environment} {digests[0]} → {digests[1]}")
    if before.cells[name].identity != after.cells[name].identity:
        commits = [(each.revision.commit or "unknown")[:10] for each in (before, after)]
        found.append(f"benchmark code, settings or data (revision {commits[0]} → {commits[1]})")
    return found


def _pairs(what: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Return `name old → new` for each value that differs."""
    return [
        f"{what}{key} {old.get(key, 'none')} → {new.get(key, 'none')}"
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]
