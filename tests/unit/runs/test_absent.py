"""Runs on a GPU that is not here: which they are, and that nothing else is written down."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import images, real
from workflows.experiment.planned import Plan, Planned
from workflows.experiment.specification import RunSpecification
from workflows.runs import absent, launch
from workflows.runs.absent import record, without_gpu
from workflows.runs.record import Ending, read
from workflows.runs.without import write_without_training

GONE = Ending("not-run", "no NVIDIA driver on this machine", [])


@pytest.fixture(autouse=True)
def no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder on a machine without a GPU."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(launch, "NVIDIA", (str(tmp_path / "driver"),))


def runs(device: str = "cuda") -> list[RunSpecification]:
    """Return three repeats."""
    base = real.run().record.run
    return [base.model_copy(update={"device": device, "repeat": n}) for n in range(3)]


def leave(run: RunSpecification, ending: Ending) -> Path:
    """Leave a record of a run that ended so."""
    path = record(run.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_without_training(path, run, ending, {})
    return path


def test_all_that_want_a_gpu_and_nothing_else() -> None:
    assert without_gpu([*runs("cpu"), *runs()]) == runs()


def test_control_with_a_driver_there_are_none(tmp_path: Path) -> None:
    (tmp_path / "driver").touch()
    assert without_gpu(runs()) == []


def test_what_took_place_on_a_gpu_that_has_gone_is_kept() -> None:
    first, second, third = runs()
    leave(first, Ending("failed", "killed", []))
    leave(second, GONE)
    record(third.path).write_text("no record: somebody has to look at it")
    assert without_gpu(runs()) == [second]


def test_the_records_are_those_that_a_launch_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [*runs("cpu"), *runs()]
    fields: dict[str, Any] = {
        "plan": Plan(runs=found, controls=[], left_out=[]),
        "identities": {run.path: "0" * 64 for run in found},
    }
    planned = Planned.model_construct(**fields)
    monkeypatch.setattr(Planned, "load", lambda _path: planned)
    kept = leave(runs()[0], Ending("failed", "killed", []))
    before = kept.read_bytes()
    image = images.image(environment="host")
    image.save(Path("results/images/host.json"))
    monkeypatch.setattr(sys, "argv", ["absent", "--plan", "plan.json"])
    assert absent.main() == 0
    assert kept.read_bytes() == before, "planted: it took place, so it is not written over"
    for run in runs()[1:]:
        left = read(record(run.path)).record
        assert (left.status, left.reason) == ("not-run", "no NVIDIA driver on this machine")
        assert (left.run, left.identity) == (run, "0" * 64)
        assert left.image is not None and left.image.content_digest == image.content_digest
    assert not [record(run.path) for run in runs("cpu") if record(run.path).exists()]
