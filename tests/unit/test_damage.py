"""Damaged files of all kinds: one line each, no traceback, and never another verdict."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import campaign, damaged, finished
from workflows.common.files import digest
from workflows.matrix import collect
from workflows.report import show
from workflows.runs.record import RunRecord

CASES, GROUPS = 150, 5
RECORD = "runs/cpu/cpu/toy/seeded/baseline/1.json"


@pytest.fixture(scope="module", autouse=True)
def whole() -> Iterator[Path]:
    """The undamaged campaign, on which every command is first seen to answer."""
    campaign.calm()
    yield campaign.whole()
    shutil.rmtree(campaign.whole())
    campaign.whole.cache_clear()
    campaign.calm.cache_clear()


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(whole, tmp_path, dirs_exist_ok=True))


@pytest.mark.parametrize("group", range(GROUPS))
def test_no_damage_ends_in_a_traceback_or_another_verdict(group: int) -> None:
    numbers = range(group * CASES // GROUPS, (group + 1) * CASES // GROUPS)
    found = {number: damaged.carry_out(number) for number in numbers}
    assert {number: case for number, case in found.items() if case[1] is not None} == {}


def test_planted_a_verdict_that_is_another_is_seen(copy: Path) -> None:
    finished.plant(copy / "results", "cpu/cpu/toy/seeded/baseline/1", 42, 2)
    record = json.loads((copy / "results" / RECORD).read_text())
    record.pop("sum")
    (copy / "results" / RECORD).write_text(json.dumps(record | {"schema_version": 1}))
    case = damaged.Case(f"results/{RECORD}", "damaged", "matrix")
    code, said = campaign.ASK["matrix"](copy)
    why = damaged.judged(case, code, said, copy)
    assert why is not None and why.startswith("wrong: cpu/cpu/toy/seeded/baseline")


def test_what_is_printed_cannot_be_changed_unseen(copy: Path) -> None:
    path = copy / "results" / RECORD
    record = json.loads(path.read_text())
    record["printed"][0] += "1"
    path.write_text(json.dumps(record))
    assert campaign.ASK["matrix"](copy)[0] == 0
    cells = campaign.told(copy)
    assert cells["cpu/cpu/toy/seeded/baseline"][0] == "failed"
    assert (
        cells["cpu/cpu/toy/strict/baseline"]
        == campaign.told(campaign.whole())["cpu/cpu/toy/strict/baseline"]
    )
    record["sum"] = digest({name: value for name, value in record.items() if name != "sum"})
    path.write_text(json.dumps(record))
    assert campaign.ASK["matrix"](copy)[0] == 0
    assert campaign.told(copy)["cpu/cpu/toy/seeded/baseline"][0] == "differs", (
        "control: its sum fits"
    )


def test_all_that_is_damaged_is_named_at_once_and_forgotten_by_one_command(copy: Path) -> None:
    results = copy / "results"
    folder = results / "runs/cpu/cpu/toy"
    (folder / "seeded/baseline/0.json").write_text("{")
    (folder / "strict/baseline/2.npz").unlink()
    (folder / "strict/baseline/2.npz").mkdir()
    stale = RunRecord.parse((folder / "unseeded/baseline/1.json").read_bytes())
    stale.model_copy(update={"identity": "0" * 64}).write(folder / "unseeded/baseline/1.json")
    look = results / "differences/repeats/cpu/cpu/toy/unseeded/baseline.json"
    look.write_text("[]")
    bad = [
        "runs/cpu/cpu/toy/seeded/baseline/0.json",
        "runs/cpu/cpu/toy/strict/baseline/2.json",
        "runs/cpu/cpu/toy/unseeded/baseline/1.json",
        "differences/repeats/cpu/cpu/toy/unseeded/baseline.json",
    ]
    before = {path for path in results.rglob("*") if path.is_file()}
    code, said = campaign.ASK["matrix"](copy)
    assert code == 0
    assert all(f"not used: {results / path}: " in said for path in bad)
    assert said.endswith("4 files not used; make them again: reprise retry\n")
    code, shown = campaign.ASK["show"](copy)
    assert code == 1
    assert all(f"not used: {path}: " in shown for path in bad) and "reprise retry" in shown
    for asked in ("page", "picture", "campaign"):
        assert campaign.ASK[asked](copy)[0] == 0, asked
    assert len(list((results / "history").iterdir())) == 2, "no such campaign is kept for good"
    code, refused = campaign.ASK["publish"](copy)
    assert code == 2 and "and 3 more; make them again: reprise retry" in refused
    code, said = campaign.ASK["retry"](copy)
    assert (code, said) == (0, "3 runs to run again, 1 answers to find\n")
    gone = before - {path for path in results.rglob("*") if path.is_file()}
    runs = {results / path for path in bad if path.startswith("runs/")}
    assert {path for path in gone if path.suffix == ".json"} == runs | {look}


def test_control_nothing_is_named_where_all_is_whole(copy: Path) -> None:
    code, said = campaign.run(
        collect.main, "--plan", copy / "results/plan.json", "--results", copy / "results"
    )
    assert (code, said) == (0, "")
    code, said = campaign.run(show.main, copy / "results/matrix.json")
    assert code == 0 and "not used" not in said
    assert campaign.ASK["retry"](copy) == (0, "0 runs to run again\n")
