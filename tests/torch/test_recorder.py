"""Which operators of a program are recorded: those of one step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from benchmarks.harness.operators.recorder import Recorder


class Trial:
    """A recorder that is told of steps, in each of which as many are added as its number says."""

    def __init__(self, step: int, path: Path) -> None:
        self.recorder = Recorder(step, path, dict)
        self.recorder.begin()

    def step(self, step: int, *, counted: bool = True, add: int | None = None) -> None:
        torch.tensor(0) + (step if add is None else add)
        self.recorder.ended(step + 1)
        self.recorder.at(step + 1, counted=counted)

    def seen(self) -> list[str]:
        """Return what was added."""
        lines = map(json.loads, self.recorder.take())
        return [line["asked"][0] for line in lines if line["operator"] == "aten.add.Tensor"]


@pytest.fixture
def trial(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Trial]:
    trial = Trial(request.param, tmp_path / "operators.jsonl")
    yield trial
    trial.recorder.end()


@pytest.mark.parametrize("trial", [0, 1, 2], indirect=True)
def test_one_step_is_recorded(trial: Trial, request: pytest.FixtureRequest) -> None:
    for step in range(4):
        trial.step(step)
    assert trial.seen() == [str(request.node.callspec.params["trial"])]


@pytest.mark.parametrize("trial", [9], indirect=True)
def test_control_a_step_that_is_never_taken_is_not(trial: Trial) -> None:
    for step in range(4):
        trial.step(step)
    assert trial.seen() == []


@pytest.mark.parametrize("trial", [1], indirect=True)
def test_passes_that_turn_out_to_be_no_steps_are_forgotten(trial: Trial) -> None:
    for step in range(3):
        trial.step(step, counted=False, add=-1)
    trial.step(0)
    trial.step(1)
    assert trial.seen() == ["1"]


@pytest.mark.parametrize("trial", [1], indirect=True)
def test_what_was_recorded_stays(trial: Trial) -> None:
    for step in range(3):
        trial.step(step)
    trial.recorder.ended(1)
    assert trial.seen() == ["1"]


@pytest.mark.parametrize("trial", [0], indirect=True)
def test_nothing_is_recorded_after_the_end(trial: Trial) -> None:
    trial.recorder.end()
    trial.step(0)
    trial.recorder.ended(0)
    assert trial.seen() == []
