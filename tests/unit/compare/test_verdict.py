"""Every verdict, with a planted fault that must be caught and a control that must pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support import real
from workflows.compare.difference import Difference
from workflows.compare.verdict import divergence_bound, judge


@pytest.mark.parametrize("configuration", ["seeded", "strict"])
def test_equal_repeats_are_identical_with_their_bound(configuration: str) -> None:
    verdict = judge(real.runs(configuration))
    assert (verdict.verdict, verdict.repeats, verdict.distinct) == ("identical", 3, 1)
    assert verdict.divergence_below == pytest.approx(1 - 0.05 ** (1 / 3))
    assert verdict.first_difference is None


def test_unseeded_repeats_differ_at_the_initial_weights() -> None:
    verdict = judge(real.runs("unseeded"))
    assert (verdict.verdict, verdict.distinct) == ("differs", 3)
    assert verdict.first_difference == Difference(phase="initial weights", tensor="0.weight")
    assert verdict.divergence_below is None


def test_repeats_traced_by_two_versions_of_the_fingerprint_say_nothing() -> None:
    runs = real.runs("seeded")
    runs[2] = real.change(runs[2], trace={"fingerprint": 2})
    verdict = judge(runs)
    assert verdict.verdict == "failed"
    assert verdict.reason == "traced by two versions of the fingerprint: nothing to compare"


@pytest.mark.parametrize("position", range(3))
@pytest.mark.parametrize("step", [0, 50, 99])
@pytest.mark.parametrize("column", range(4))
def test_one_bit_in_one_repeat_is_never_identical(position: int, step: int, column: int) -> None:
    runs = real.runs("seeded")
    runs[position] = real.flip_step(runs[position], step, column)
    verdict = judge(runs)
    # What was printed is still equal: bits differ, prints do not.
    assert (verdict.verdict, verdict.distinct) == ("prints-alike", 2)
    assert verdict.first_difference is not None and verdict.first_difference.step == step


def test_other_prints_differ() -> None:
    runs = real.runs("seeded")
    runs[1] = real.change(real.flip_step(runs[1], 7, 1), printed=["99 1.0"])
    assert judge(runs).verdict == "differs"


def test_runs_that_print_nothing_do_not_print_alike() -> None:
    runs = [real.change(run, printed=[]) for run in real.runs("seeded")]
    assert judge(runs).verdict == "identical"
    runs[1] = real.flip_step(runs[1], 7, 1)
    assert judge(runs).verdict == "differs"


@pytest.mark.parametrize("status", ["failed", "refused", "not-run"])
def test_one_run_that_did_not_complete_decides(status: str) -> None:
    runs = real.runs("seeded")
    runs[2] = real.change(runs[2], status=status, reason="why")
    verdict = judge(runs)
    assert (verdict.verdict, verdict.repeats, verdict.reason) == (status, 2, "1 of 3: why")
    assert verdict.divergence_below is None
    everything = judge([real.change(run, status=status, reason="why") for run in runs])
    assert (everything.verdict, everything.reason) == (status, "why")


def test_a_failure_is_not_hidden_behind_a_refusal() -> None:
    runs = real.runs("seeded")
    runs[0] = real.change(runs[0], status="refused", reason="raised")
    runs[1] = real.change(runs[1], status="failed", reason="killed")
    assert judge(runs).verdict == "failed"


def test_one_run_alone_is_never_identical() -> None:
    assert judge(real.runs("seeded")[:1]).verdict == "failed"
    assert judge([]).verdict == "failed"


@pytest.mark.parametrize(("repeats", "bound"), [(1, 0.95), (5, 0.4507), (59, 0.0495)])
def test_bound(repeats: int, bound: float) -> None:
    assert divergence_bound(repeats) == pytest.approx(bound, abs=1e-4)


def test_runs_that_were_only_timed_are_never_identical() -> None:
    timed = []
    for run in real.runs("seeded"):
        asked = run.record.run.model_copy(update={"traced": False})
        timed.append(replace(run, record=run.record.model_copy(update={"run": asked})))
    found = judge(timed)
    assert (found.verdict, found.reason) == ("failed", "steps were only timed: nothing to compare")
    assert judge(real.runs("seeded")).verdict == "identical"
