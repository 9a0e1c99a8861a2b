"""The first difference: a planted fault is found exactly where it was planted; equal runs pass."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support import real
from workflows.common.errors import UserError
from workflows.compare.difference import (
    Difference,
    comparable,
    earliest,
    first_difference,
    length,
)
from workflows.compare.outcome import outcome
from workflows.runs.watched import ALWAYS


@pytest.mark.parametrize("configuration", ["seeded", "strict"])
def test_real_equal_runs_do_not_differ(configuration: str) -> None:
    first, *others = real.runs(configuration)
    assert [first_difference(first, other) for other in others] == [None, None]
    assert {outcome(run) for run in others} == {outcome(first)}


def test_real_seeded_and_strict_toy_agree() -> None:
    assert first_difference(real.run("seeded"), real.run("strict")) is None


def test_real_unseeded_runs_differ_at_the_first_weight() -> None:
    first, *others = real.runs("unseeded")
    expected = Difference(phase="initial weights", tensor="0.weight")
    assert [first_difference(first, other) for other in others] == [expected, expected]


@pytest.mark.parametrize("step", [0, 50, 99])
@pytest.mark.parametrize("column", range(4))
def test_planted_fault_is_found_at_its_step_and_phase(step: int, column: int) -> None:
    run = real.run()
    planted = real.flip_step(run, step, column)
    assert first_difference(run, planted) == Difference(phase=ALWAYS[column], step=step)
    assert outcome(run) != outcome(planted)


def test_the_earlier_of_two_faults_is_named() -> None:
    run = real.run()
    planted = real.flip_step(real.flip_step(run, 60, 0), 59, 3)
    assert first_difference(run, planted) == Difference(phase="weights", step=59)


@pytest.mark.parametrize("tensor", range(4))
def test_planted_initial_weight_is_named(tensor: int) -> None:
    run = real.run()
    difference = first_difference(run, real.flip_step(real.flip_initial(run, tensor), 0, 0))
    name = run.record.trace.tensors[tensor]
    assert difference == Difference(phase="initial weights", tensor=name)


def test_faults_outside_the_steps() -> None:
    run = real.run()
    shorter = replace(run, steps=run.steps[:-1])
    assert first_difference(run, shorter) == length(100, 99)
    final = real.change(run, trace={"final_weights": "0" * 64})
    assert first_difference(run, final) == Difference(phase="final weights")
    printed = real.change(run, printed=["99 10.6"])
    lines = {"left": run.record.printed[0], "right": "99 10.6"}
    assert first_difference(run, printed) == Difference(phase="printed", line=1, **lines)
    renamed = real.change(run, trace={"tensors": ["a", *run.record.trace.tensors[1:]]})
    found = first_difference(run, renamed)
    assert found is not None and found.phase == "initial weights"
    for changed in (shorter, final, printed, renamed):
        assert outcome(changed) != outcome(run)


def test_a_thousand_comparisons_of_equal_runs_give_no_alarm() -> None:
    generator = np.random.default_rng(0)
    run = real.run()
    for _ in range(1000):
        steps = generator.integers(0, 2**64, size=(100, 4), dtype=np.uint64)
        assert first_difference(replace(run, steps=steps), replace(run, steps=steps.copy())) is None


def test_earliest_follows_causal_order() -> None:
    weights = Difference(phase="weights", step=3)
    batch = Difference(phase="batch", step=4)
    printed = Difference(phase="printed")
    initial = Difference(phase="initial weights", tensor="w")
    assert earliest([printed, batch, weights]) == weights
    assert earliest([weights, initial]) == initial
    assert earliest([printed]) == printed


def compare(*paths: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workflows.compare", *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_command_says_identical_differs_or_why_not(tmp_path: Path) -> None:
    same = compare(real.path("seeded", 0), real.path("seeded", 1))
    head, said = same.stdout.splitlines()
    assert (same.returncode, said[:9]) == (0, "identical")
    assert head == "what else differs: nothing that is recorded"
    other = compare(real.path("unseeded", 0), real.path("unseeded", 1))
    assert other.returncode == 1
    head, *lines = other.stdout.splitlines()
    assert head.startswith("what else differs: switch initial_seed: ")
    assert lines[0] == "differs first: initial weights (0.weight)"
    assert lines[2].split() == ["steps", "later", "step", "loss"]
    # From the traces alone: no type of the loss, so no ULP, and no weights.
    losses = [real.run("unseeded", repeat).losses for repeat in (0, 1)]
    relative = abs(losses[0][10] - losses[1][10]) / max(losses[0][10], losses[1][10])
    assert lines[5].split() == ["+10", "10", f"{relative:.1e}"]
    assert lines[6].split()[:2] == ["+99", "99"] and len(lines) == 7, "the last step ends it"
    missing = compare(real.path("seeded", 0), tmp_path / "7.json")
    assert missing.returncode == 2
    assert missing.stderr.startswith("error: ") and missing.stderr.count("\n") == 1


def test_two_versions_of_the_fingerprint_are_never_compared() -> None:
    first, second = real.run("seeded", 0), real.run("seeded", 1)
    newer = real.change(second, trace={"fingerprint": 2})
    for refuse in (first_difference, comparable):
        refuse(first, second)  # control: of one version they can be
        with pytest.raises(UserError, match=r"two versions of the fingerprint: .* 1 and .* 2;"):
            refuse(first, newer)
    assert outcome(newer) != outcome(second)
