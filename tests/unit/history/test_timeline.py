"""The history: append-only, and changed or drifted cells named with what changed around them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import finished
from workflows.common.files import write_json
from workflows.common.paths import ROOT
from workflows.history.campaign import Campaign, append, of
from workflows.history.changes import compare
from workflows.history.timeline import comparisons, load, page, timeline

SEEDED, STRICT = "cpu/cpu/toy/seeded/baseline", "cpu/cpu/toy/strict/baseline"


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    results = finished.records(tmp_path_factory.mktemp("campaign"))
    return of(finished.judge(results), results)


def later(campaign: Campaign, cell: str = SEEDED, **fields: Any) -> Campaign:
    """Return the next day's campaign; `fields` change one cell."""
    cells = {**campaign.cells, cell: campaign.cells[cell].model_copy(update=fields)}
    return campaign.model_copy(update={"started": "2027-01-01T00:00:00+00:00", "cells": cells})


def test_the_same_results_are_the_same_campaign(campaign: Campaign, tmp_path: Path) -> None:
    first = append(campaign, tmp_path)
    before = first.read_bytes()
    edited = campaign.model_copy(
        update={"revision": campaign.revision.model_copy(update={"edited": True})}
    )
    assert append(edited, tmp_path) == first and first.read_bytes() == before
    assert append(later(campaign), tmp_path) != first
    assert [each.started for each in load(tmp_path)] == [
        campaign.started, "2027-01-01T00:00:00+00:00",
    ]  # fmt: skip


def test_nothing_changed(campaign: Campaign) -> None:
    found = compare([campaign], later(campaign))
    assert (found.changes, found.same, found.other) == ([], 3, [])


def test_a_drift(campaign: Campaign) -> None:
    [change] = compare([campaign], later(campaign, outcomes=["f" * 64])).changes
    assert (change.cell, change.kind) == (SEEDED, "drifted")
    assert change.surroundings == ["nothing else that is recorded changed"]


def test_unseeded_runs_do_not_drift(campaign: Campaign) -> None:
    other = later(campaign, "cpu/cpu/toy/unseeded/baseline", outcomes=["f" * 64, "e" * 64])
    assert compare([campaign], other).changes == []


def test_a_verdict_changed(campaign: Campaign) -> None:
    [change] = compare([campaign], later(campaign, verdict="differs")).changes
    assert str(change).startswith(f"{SEEDED}: identical before, differs now")


def test_what_changed_around(campaign: Campaign) -> None:
    packages = campaign.images["cpu"].packages
    newer = {"packages": {**packages, "torch": "2.14.0"}, "content_digest": "1" * 64}
    image = campaign.images["cpu"].model_copy(update=newer)
    other = later(campaign, outcomes=["f" * 64], identity="1" * 64).model_copy(
        update={"images": {"cpu": image}, "machine": {**campaign.machine, "processor": "EPYC"}}
    )
    text = str(compare([campaign], other).changes[0])
    for words in ("processor Intel", "→ EPYC", "torch 2.13.0+cpu → 2.14.0", "benchmark code"):
        assert words in text


def test_another_question_is_not_compared(campaign: Campaign) -> None:
    found = compare([campaign], later(campaign, question="1" * 64, outcomes=["f" * 64]))
    assert (found.changes, found.same, found.other) == ([], 2, [SEEDED])


def test_a_smaller_campaign_in_between_hides_no_drift(campaign: Campaign) -> None:
    one = {STRICT: campaign.cells[STRICT]}
    between = campaign.model_copy(update={"started": "2026-12-01T00:00:00+00:00", "cells": one})
    found = comparisons([campaign, between, later(campaign, outcomes=["f" * 64])])
    assert [each.changes for each in found[:2]] == [[], []]
    [change] = found[2].changes
    assert (change.cell, change.kind, change.since) == (SEEDED, "drifted", campaign.name)


def test_a_day_on_which_it_could_not_run_hides_no_drift(campaign: Campaign) -> None:
    cells = {SEEDED: {"verdict": "not-run", "outcomes": []}}
    down = later(campaign, SEEDED, **cells[SEEDED])
    after = later(campaign, outcomes=["f" * 64])
    found = comparisons([campaign, down, after])
    assert [change.kind for change in found[1].changes] == ["verdict"]
    assert [change.kind for change in found[2].changes] == ["drifted"]
    assert comparisons([campaign, down, down])[2].changes == []


def test_a_timeline(campaign: Campaign) -> None:
    rows = timeline([campaign, later(campaign), later(campaign, outcomes=["f" * 64])])
    assert rows[SEEDED] == [("identical", "A"), ("identical", "A"), ("identical", "B")]
    assert rows["cpu/cpu/toy/unseeded/baseline"][0] == ("differs", "A B C")


def first(*campaigns: Campaign) -> str:
    """Return the first sentence of the page."""
    text = page([*campaigns])
    assert text.count('<p id="conclusion">') == 1
    return text.partition('<p id="conclusion">')[2].partition("</p>")[0]


def test_the_page_begins_with_what_became_of_the_last_campaign(campaign: Campaign) -> None:
    drifted = later(campaign, outcomes=["f" * 64])
    assert first(campaign).startswith("One campaign so far, ")
    assert first(campaign, drifted) == "Something changed: 1 of 3 cells is not what it was."
    again = drifted.model_copy(update={"started": "2027-01-02T00:00:00+00:00"})
    assert first(campaign, drifted, again).startswith("Nothing changed: in 20270102T000000Z")
    invalid = later(campaign).model_copy(update={"validity": "invalid"})
    assert "trust none of its verdicts" in first(campaign, invalid)


def test_what_was_not_asked_before_is_not_said_to_be_as_before(campaign: Campaign) -> None:
    one = {SEEDED: campaign.cells[SEEDED]}
    small = campaign.model_copy(update={"cells": one, "started": "2026-01-01T00:00:00+00:00"})
    said = first(small, later(campaign))
    assert "all 1 cells are as they were before. 2 more are new." in said
    assert first(small, later(campaign, question="1" * 64)).startswith("No cell of ")


def test_the_command(campaign: Campaign, tmp_path: Path) -> None:
    def show(*arguments: str) -> subprocess.CompletedProcess[str]:
        base = [
            sys.executable,
            "-m",
            "workflows.history.timeline",
            "--history",
            str(tmp_path / "h"),
        ]
        page = ["--output", str(tmp_path / "history.html")]
        return subprocess.run(
            [*base, *page, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )

    assert (show().returncode, show().stderr) == (
        2, f"error: {tmp_path / 'h'}: no campaign yet: reprise matrix\n",
    )  # fmt: skip
    append(campaign, tmp_path / "h")
    assert "0 cells as before, 0 with another verdict, 0 drifted, 3 new" in show("--strict").stdout
    append(later(campaign, outcomes=["f" * 64]), tmp_path / "h")
    done = show("--strict")
    assert done.returncode == 1 and f"{SEEDED}: drifted" in done.stdout
    assert show().returncode == 0
    assert SEEDED in (tmp_path / "history.html").read_text()
    write_json(tmp_path / "h" / "20300101T000000Z-broken.json", {"cells": 1})
    assert show().returncode == 2 and "not a campaign" in show().stderr


def test_where_nothing_ran_there_is_no_campaign(tmp_path: Path) -> None:
    matrix = finished.judge(finished.records(tmp_path)).model_copy(update={"started": None})
    write_json(tmp_path / "matrix.json", matrix.model_dump(mode="json"))
    command = [sys.executable, "-m", "workflows.history.campaign", "--results", str(tmp_path)]
    paths = ["--history", str(tmp_path / "h"), "--output", str(tmp_path / "campaign.json")]
    done = subprocess.run([*command, *paths], cwd=ROOT, check=False)
    assert done.returncode == 0, "a machine without a GPU is no failure"
    assert (tmp_path / "campaign.json").read_text() == '{\n  "campaign": null\n}\n'
    assert not (tmp_path / "h").exists()
