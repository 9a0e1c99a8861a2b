"""Close looks that share a job: each pair has one, and each look is the one that it has alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.support import real
from tests.unit.studies.differences.test_plan import plan
from workflows.experiment.planned import FLIPPED
from workflows.runs.absent import record
from workflows.studies.differences import family
from workflows.studies.differences.family import Family, families
from workflows.studies.differences.plan import Pair, pairs
from workflows.studies.differences.run import look


def test_each_look_of_several_is_in_one_family_by_its_own_name() -> None:
    made = pairs(plan(variations=["baseline", "threads-2"], repeats={"toy": 3, "variations": 2}))
    found = families(made)
    names = [
        name.format(place=place)
        for form, members in found.items()
        for place in members
        for name in form
    ]
    assert len({*names}) == len(names)
    assert names == [
        pair.name for members in found.values() for each in members.values() for pair in each.pairs
    ]
    alone = {pair.name for pair in made} - {*names}
    assert all(name.startswith(("repeats/cpu/cpu/", "environment/", "device/")) for name in alone)


def test_a_family_is_what_one_combination_is_held_against() -> None:
    found = families(pairs(plan(repeats={"toy": 3}, configurations=["unseeded", "seeded"])))
    by_place = {place: form for form, members in found.items() for place in members}
    assert "cpu/cpu/toy/unseeded" not in by_place, "control: its repeats alone"
    assert by_place["cpu/cpu/toy/seeded"] == (
        "repeats/{place}/baseline", f"variation/{{place}}/{FLIPPED}",
    )  # fmt: skip
    assert by_place["cuda/cpu/toy/unseeded"] == (
        "repeats/{place}/baseline", "environment/{place}/baseline",
    )  # fmt: skip


@pytest.fixture
def taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Family:
    """A family whose records are there, one of them damaged, and its looks."""
    monkeypatch.chdir(tmp_path)
    paths = []
    for repeat in range(3):
        run = real.run("seeded", repeat)
        record(run.record.run.path).parent.mkdir(parents=True, exist_ok=True)
        real.leave(run, record(run.record.run.path))
        paths.append(run.record.run.path)
    record(paths[2]).write_text("damaged")
    own = Family(
        pairs=[
            Pair(name=f"{kind}/a/b/c/d/baseline", kind="repeats", left=[left], right=[right])
            for kind, left, right in (
                ("repeats", paths[0], paths[1]), ("other", paths[2], paths[0]),
            )
        ]
    )  # fmt: skip
    words = ["--family", own.model_dump_json(), "--output", "0.json", "1.json", "--log", "0", "1"]
    monkeypatch.setattr(sys, "argv", ["family", *words])
    assert family.main() == 0
    return own


def test_each_is_the_look_that_it_has_alone(taken: Family) -> None:
    for number, pair in enumerate(taken.pairs):
        alone = look(record(pair.left[0]), [record(pair.right[0])])
        assert json.loads(Path(f"{number}.json").read_text()) == alone.model_dump(mode="json")


def test_one_that_cannot_be_read_takes_no_other_along(taken: Family) -> None:
    assert "no difference" in Path("0").read_text()
    assert "nothing to compare" in Path("1").read_text()
