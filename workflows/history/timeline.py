"""`reprise history`: what changed since the last campaign, and the timeline.

Prints one line for each changed cell and writes the page. Exit code 0; with `--strict` 1 where a
verdict changed, the bits drifted, or the last campaign is invalid.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflows.common.arguments import Parser
from workflows.common.errors import UserError, command
from workflows.common.files import write_json, write_text
from workflows.common.models import load_model
from workflows.compare.letters import letter
from workflows.history.campaign import Campaign
from workflows.history.changes import Comparison, compare
from workflows.report.html import environment

SHOWN = 30
"""Campaigns on the page: the last ones."""


def load(history: Path) -> list[Campaign]:
    """Return all campaigns, the oldest first."""
    paths = sorted(history.glob("*.json")) if history.is_dir() else []
    return [load_model(Campaign, path, "campaign") for path in paths]


def comparisons(campaigns: list[Campaign]) -> list[Comparison]:
    """Hold each campaign against the earlier ones."""
    return [compare(campaigns[:index], after) for index, after in enumerate(campaigns)]


def timeline(campaigns: list[Campaign]) -> dict[str, list[tuple[str, str] | None]]:
    """Return each cell's verdict and letters, campaign by campaign.

    Within a row equal letters are equal bits: a drift shows as a new letter.
    """
    rows: dict[str, list[tuple[str, str] | None]] = {}
    for name in dict.fromkeys(name for campaign in campaigns for name in campaign.cells):
        names: dict[tuple[str, str], str] = {}
        row: list[tuple[str, str] | None] = []
        for campaign in campaigns:
            cell = campaign.cells.get(name)
            if cell is None:
                row.append(None)
                continue
            keys = [(cell.question, outcome) for outcome in cell.outcomes]
            letters = [names.setdefault(key, letter(len(names))) for key in keys]
            few = " ".join(letters) if len(letters) <= 3 else f"{len(letters)} distinct"
            row.append((cell.verdict, few))
        rows[name] = row
    return rows


def sentence(last: Campaign, found: Comparison) -> str:
    """Return what the page says first: whether the last campaign is as those before it."""
    if last.validity == "invalid":
        return f"A negative control was missed in {last.name}: trust none of its verdicts."
    if found.before is None:
        return f"One campaign so far, {last.name}: there is nothing to hold it against."
    held = found.same + len(found.changes)
    if not held:
        return f"No cell of {last.name} was asked the same before: nothing to hold it against."
    new = f" {len(found.other)} more are new." if found.other else ""
    if found.changes:
        what = "is not what it was" if len(found.changes) == 1 else "are not what they were"
        return f"Something changed: {len(found.changes)} of {held} cells {what}.{new}"
    return f"Nothing changed: in {last.name} all {held} cells are as they were before.{new}"


def page(campaigns: list[Campaign]) -> str:
    """Return the page with the timeline."""
    shown = campaigns[-SHOWN:]
    found = comparisons(campaigns)
    return (
        environment()
        .get_template("history.html.j2")
        .render(
            campaigns=shown,
            rows=timeline(shown),
            conclusion=sentence(campaigns[-1], found[-1]),
            comparisons=list(reversed(found[-SHOWN:])),
        )
    )


def main(words: Sequence[str] | None = None) -> int:
    """Print what changed since the last campaign, and write the page."""
    parser = Parser("history", __doc__, "--strict")
    add: Any = parser.add_argument
    add("--history", type=Path, default=Path("results/history"), help="(%(default)s)")
    add("--output", type=Path, default=Path("results/history.html"), help="(%(default)s)")
    add("--strict", action="store_true", help="exit code 1 where anything changed")
    args = parser.read(words)
    campaigns = load(args.history)
    if not campaigns:
        raise UserError(f"{args.history}: no campaign yet: reprise matrix")
    write_text(args.output, page(campaigns))
    found = comparisons(campaigns)
    write_json(args.output.with_suffix(".json"), [each.model_dump(mode="json") for each in found])
    last = campaigns[-1]
    if last.validity == "invalid":
        print(f"{last.name}: INVALID: a negative control was missed")
        return 1
    latest = found[-1]
    for change in latest.changes:
        print(change)
    print(f"{latest}; {args.output}")
    return 1 if args.strict and latest.changes else 0


if __name__ == "__main__":
    command(main)
