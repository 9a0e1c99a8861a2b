"""Which variations keep the letter."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import real
from workflows.environments.conditions import Conditions
from workflows.experiment.specification import Combination
from workflows.matrix.variations import UNREACHED, Kept, table
from workflows.runs.record import Run


def named(runs: list[Run], **fields: Any) -> list[Run]:
    """Return the runs as if they had been asked for in another combination."""
    return [real.change(r, run=r.record.run.model_copy(update=fields)) for r in runs]


def answered(*groups: list[Run]) -> list[Kept]:
    combinations: dict[Combination, list[Run]] = {}
    for runs in groups:
        combinations[runs[0].record.run.combination] = runs
    return table(combinations)


SEEDED = real.runs("seeded")
UNSEEDED = real.runs("unseeded")


def held(runs: list[Run], **changes: Any) -> list[Run]:
    """Return the runs as if their records held something else."""
    return [real.holding(run, **changes) for run in runs]


def on(runs: list[Run], model: str) -> list[Run]:
    """Return the runs as if they had run on another processor."""
    return held(runs, processor={"model": model})


def test_runs_of_two_machines_leave_it_open() -> None:
    changed = [real.flip_step(run, 7, 1) for run in SEEDED[:2]]
    [found] = answered(SEEDED, named(on(changed, "Another CPU"), variation="threads-2"))
    assert found.answer == "open" and "Another CPU" in str(found.reason)
    [same] = answered(SEEDED, named(on(SEEDED, "Another CPU"), variation="threads-2"))
    assert same.answer == "kept", "equal bits are equal wherever they come from"


def test_a_change_that_did_not_reach_the_run_is_said() -> None:
    [found] = answered(SEEDED, named(SEEDED[:2], variation="threads-2", threads=2))
    assert (found.answer, found.reason) == ("kept", UNREACHED), "a setting keeps one thread"
    two = named(held(SEEDED[:2], flags={"threads": 2}), variation="threads-2", threads=2)
    [found] = answered(SEEDED, two)
    assert (found.answer, found.reason) == ("kept", None), "control: two threads held"
    moved = held(SEEDED[:2], process={"user": 0, "folder": "another-temporary-one"})
    [found] = answered(SEEDED, named(moved, variation="hashseed-random"))
    assert found.reason == UNREACHED, "every run has its own temporary folder"
    loaded = named(SEEDED[:2], variation="contended", conditions=Conditions(load=2))
    assert answered(SEEDED, loaded)[0].reason is None


@pytest.mark.parametrize(("flags", "reason"), [("avx2 avx512f", None), ("avx2", UNREACHED)])
def test_a_cap_on_what_the_processor_lacks_caps_nothing(flags: str, reason: str | None) -> None:
    variables = {"ATEN_CPU_CAPABILITY": "avx2"}
    runs = held(SEEDED[:2], processor={"flags": flags}, variables=variables)
    varied = named(runs, variation="isa", conditions=Conditions(variables=variables))
    assert answered(SEEDED, varied)[0].reason == reason


def test_a_variation_that_changes_nothing_keeps_the_letter() -> None:
    [found] = answered(SEEDED, named(SEEDED[:2], variation="threads-2"))
    assert (found.variation, found.answer, found.repeats) == ("threads-2", "kept", 2)
    assert found.first_difference is None and found.baseline.variation == "baseline"


@pytest.mark.parametrize("column", range(4))
def test_a_planted_bit_loses_the_letter(column: int) -> None:
    changed = [real.flip_step(run, 7, column) for run in SEEDED[:2]]
    [found] = answered(SEEDED, named(changed, variation="threads-2"))
    assert found.answer == "lost" and found.first_difference is not None
    assert found.first_difference.step == 7


def test_a_variation_that_does_not_repeat_has_lost_the_letter() -> None:
    changed = [SEEDED[0], real.flip_step(SEEDED[1], 7, 1)]
    [found] = answered(SEEDED, named(changed, variation="contended"))
    assert found.answer == "lost" and "does not repeat by itself" in str(found.reason)


def test_a_baseline_that_does_not_repeat_leaves_it_open() -> None:
    [found] = answered(UNSEEDED, named(SEEDED[:2], configuration="unseeded", variation="user"))
    assert (found.answer, found.reason) == ("open", "its baseline does not repeat by itself")


@pytest.mark.parametrize("status", ["refused", "failed", "not-run"])
def test_what_did_not_train_says_why(status: str) -> None:
    stopped = [real.change(run, status=status, reason="no QEMU") for run in SEEDED[:2]]
    [found] = answered(SEEDED, named(stopped, variation="cpu-haswell"))
    assert (found.answer, found.reason, found.repeats) == (status, "no QEMU", 0)
    [found] = answered(stopped, named(SEEDED, variation="cpu-haswell"))
    assert found.answer == status and found.reason == "its baseline: no QEMU"


def test_a_shortened_variation_is_held_against_a_baseline_as_short() -> None:
    short = named(SEEDED, steps=20)
    groups = [SEEDED, named(short, variation="baseline-20"), named(short, variation="cpu-haswell")]
    [found] = answered(*groups)
    assert (found.answer, found.steps) == ("kept", 20)
    assert found.baseline.variation == "baseline-20"
    assert answered(SEEDED, named(short, variation="cpu-haswell")) == [], "none as short: no answer"


def test_environments_are_held_against_the_first() -> None:
    other = named([real.flip_step(run, 3, 1) for run in SEEDED], environment="older")
    [found] = answered(SEEDED, other)
    assert (found.variation, found.answer) == ("environment older", "lost")
    assert str(found.first_difference) == "loss at step 3"
    [found] = answered(SEEDED, named(SEEDED, environment="cuda"))
    assert found.answer == "kept", "control"
