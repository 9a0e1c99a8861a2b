"""Close looks at runs on a GPU that is not here: all that have nothing to look at."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import real
from workflows.experiment.planned import Plan, Planned
from workflows.experiment.specification import RunSpecification
from workflows.runs import launch
from workflows.runs.absent import record
from workflows.runs.record import Ending
from workflows.runs.without import write_without_training
from workflows.studies.differences import absent
from workflows.studies.differences.absent import unseen
from workflows.studies.differences.plan import pairs
from workflows.studies.differences.run import look

GONE = Ending("not-run", "no NVIDIA driver on this machine", [])
REPEATS, DEVICE = (f"{kind}/host/cuda/toy/seeded/baseline" for kind in ("repeats", "device"))


@pytest.fixture(autouse=True)
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Three repeats on each device on a machine without a GPU, with their records."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(launch, "NVIDIA", (str(tmp_path / "driver"),))
    own = [run.record.run for run in real.runs("seeded")]
    others = [run.model_copy(update={"device": "cuda"}) for run in own]
    for run in own:
        leave(run, None)
    for run in others:
        leave(run, GONE)
    return Plan(runs=[*own, *others], controls=[], left_out=[])


def leave(run: RunSpecification, ending: Ending | None) -> None:
    """Leave a record of a run that ended so; None: as a real one did."""
    path = record(run.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if ending:
        write_without_training(path, run, ending, {})
    else:
        real.leave(real.change(real.run("seeded", run.repeat), run=run), path)


def names(plan: Plan) -> list[str]:
    return [pair.name for pair in unseen(pairs(plan), plan.runs)]


def test_a_pair_with_a_side_that_cannot_run(plan: Plan) -> None:
    assert names(plan) == [REPEATS, DEVICE]


def test_a_pair_of_which_something_ran_on_a_gpu_is_looked_at_as_ever(plan: Plan) -> None:
    for run in plan.runs[3:5]:
        leave(run, None)
    assert names(plan) == [], "two of three repeats are there: they can be compared"


def test_they_say_what_a_look_of_their_own_says(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields: dict[str, Any] = {"plan": plan}
    planned = Planned.model_construct(**fields)
    monkeypatch.setattr(Planned, "load", lambda _path: planned)
    monkeypatch.setattr(sys, "argv", ["absent", "--plan", "plan.json"])
    absent.main()
    found = sorted(Path("results/differences").rglob("*.json"))
    assert [path.as_posix() for path in found] == [
        f"results/differences/{name}.json" for name in (DEVICE, REPEATS)
    ]
    for pair in unseen(pairs(plan), plan.runs):
        alone = look(record(pair.left[0]), [record(path) for path in pair.right])
        written = json.loads(Path(f"results/differences/{pair.name}.json").read_text())
        assert written == alone.model_dump(mode="json")
        assert "no NVIDIA driver on this machine" in written["reason"]
