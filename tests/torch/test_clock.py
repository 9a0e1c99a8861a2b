"""`--traced False`: steps are timed, and nothing else looks at them."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from benchmarks.harness.clock import Clock
from tests.torch.runner import Runner
from workflows.common.errors import UserError
from workflows.compare.difference import comparable
from workflows.runs.watched import PHASES

SLEEP = "time.sleep(0.05 if t < 3 else 0.01)"


def timing(found: Any) -> dict[str, Any]:
    assert found.record.status == "completed" and found.record.timing
    return dict(found.record.timing)


def test_an_untraced_run_has_its_step_time_and_no_trace(run: Runner) -> None:
    found = run("own", "--steps", "30", "--traced", "False", body=SLEEP)
    times = timing(found)
    assert times["steps_timed"] == 27 and 0.01 <= times["step_seconds"] < 0.05
    assert times["median_step_seconds"] is None
    trace = found.record.trace
    assert (trace.steps, trace.tensors, trace.final_weights) == (0, [], "")
    assert found.initial.shape == (0,) and found.steps.shape == (0, len(PHASES))


def test_a_traced_run_has_mean_and_median(run: Runner) -> None:
    times = timing(run("own", "--steps", "20", body="time.sleep(0.2 if t == 9 else 0.01)"))
    assert times["steps_timed"] == 18
    assert 0.01 <= times["median_step_seconds"] < 0.019 < times["step_seconds"] < 0.2


def test_a_run_of_one_step_has_no_median(run: Runner) -> None:
    times = timing(run("toy", "--steps", "1", "--traced", "False"))
    assert (times["step_seconds"], times["steps_timed"]) == (None, 0)


def test_untraced_runs_are_never_called_identical(run: Runner) -> None:
    found = run("toy", "--steps", "2", "--traced", "False")
    with pytest.raises(UserError, match="only timed"):
        comparable(found, found)


@pytest.mark.parametrize(("steps", "counted"), [(1, 0), (2, 1), (10, 9), (19, 18), (100, 90)])
def test_the_first_tenth_and_at_least_one_is_warm_up(steps: int, counted: int) -> None:
    clock = Clock(torch.device("cpu"), waits=True)
    clock.start()
    for _ in range(steps):
        clock.step()
    assert clock.timing(traced=False)["steps_timed"] == counted


def test_a_clock_that_the_program_sets_back_costs_no_record(run: Runner) -> None:
    found = run("own", "--steps", "3", body="time.time = lambda: 0.0")
    assert found.record.timing and 0 < timing(found)["seconds"] < 600
