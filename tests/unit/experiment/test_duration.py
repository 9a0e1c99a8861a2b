"""How long a run takes: by a record that is there, else by stated times."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workflows.experiment import duration
from workflows.experiment.duration import Durations
from workflows.experiment.specification import RunSpecification


def run(benchmark: str = "toy", repeat: int = 0, **more: Any) -> RunSpecification:
    given: dict[str, Any] = {
        "environment": "cpu", "device": "cpu", "benchmark": benchmark, "configuration": "seeded",
        "variation": "baseline", "repeat": repeat, "seed": 3, "steps": 1000, "options": {},
        "threads": 1, "settings": [],
    }  # fmt: skip
    return RunSpecification.model_validate(given | more)


def record(results: Path, of: RunSpecification, text: str) -> None:
    path = results / "runs" / f"{of.path}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_without_a_record_the_stated_times_count(tmp_path: Path) -> None:
    known = Durations.of([run()], tmp_path)
    expected = duration.START["toy"] + 1000 * duration.STEP["toy"]
    assert known.seconds(run()) == pytest.approx(expected)
    assert known.seconds(run("cifar10", options={"memory": True})) == pytest.approx(7.5 + 4.5)
    assert known.seconds(run("cifar10")) == pytest.approx(7.5 + 9)
    assert known.seconds(run("dropout", steps=10)) == pytest.approx(4.2)


def test_a_run_that_was_timed_says_what_a_step_takes_in_its_place_alone(tmp_path: Path) -> None:
    timed, other = run(repeat=1), run(environment="cuda")
    record(tmp_path, timed, json.dumps({"timing": {"step_seconds": 0.5}}))
    known = Durations.of([run(), timed, other], tmp_path)
    assert known.seconds(run()) == pytest.approx(504)
    assert known.seconds(other) == pytest.approx(5.2)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"timing": null}', '{"timing": {}}'])
def test_a_record_that_says_nothing_is_passed_over(tmp_path: Path, text: str) -> None:
    record(tmp_path, run(), text)
    assert Durations.of([run()], tmp_path).steps == {}


def test_only_a_few_records_are_looked_for(tmp_path: Path) -> None:
    runs = [run(repeat=number) for number in range(duration.TRIED + 1)]
    record(tmp_path, runs[-1], json.dumps({"timing": {"step_seconds": 0.5}}))
    assert Durations.of(runs, tmp_path).steps == {}
    assert Durations.of(runs[1:], tmp_path).steps


def test_an_emulated_processor_and_a_second_process_take_longer() -> None:
    emulated = run(conditions={"cpu": "Haswell"})
    known = Durations({})
    assert known.seconds(emulated) == pytest.approx(duration.EMULATED * known.seconds(run()))
    assert known.seconds(run(resume=5)) == pytest.approx(known.seconds(run()) + 4)


@pytest.mark.parametrize(
    ("changes", "cores"),
    [
        ({}, 1), ({"options": {"workers": 2}}, 2), ({"threads": 2}, 2), ({"threads": 4}, 3),
        ({"options": {"workers": 2, "memory": True}}, 1), ({"options": {"workers": 0}}, 1),
        ({"threads": 2, "steps": 10}, 1), ({"conditions": {"load": 2}}, 3),
    ],
)  # fmt: skip
def test_a_run_keeps_cores_busy_from_its_first_step_on(changes: dict[str, Any], cores: int) -> None:
    assert Durations({}).cores(run("cifar10", **{"steps": 2000, **changes})) == cores
