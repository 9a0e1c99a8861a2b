"""Causes in words: no stronger than what was tested."""

from __future__ import annotations

from workflows.compare.difference import Difference
from workflows.matrix.cause import change_in_words, of_environment, of_repeats, of_variation
from workflows.studies.ablation.result import Sufficient

INITIAL = Difference(phase="initial weights", tensor="conv1.weight")
BACKWARD = Difference(phase="gradients", step=3, tensor="conv2.weight")


def test_an_ablation_is_the_strongest_evidence() -> None:
    cause = of_repeats(INITIAL, [], [Sufficient(settings=["torch-seed"], repeats=5)], {})
    assert cause.what == "initialisation is unseeded"
    assert (cause.cure, cause.evidence) == (["torch-seed"], "tested")
    assert "5 fresh repeats" in cause.basis


def test_a_set_that_is_in_force_is_no_cure() -> None:
    late = Difference(phase="gradients", step=150, tensor="fc1.weight")
    found = [Sufficient(settings=["torch-seed"], repeats=5)]
    cause = of_repeats(late, ["torch-seed"], found, {})
    assert (cause.cure, cause.evidence) == ([], "unknown")
    other = [*found, Sufficient(settings=["one-thread"], repeats=5)]
    assert of_repeats(late, ["torch-seed"], other, {}).cure == ["one-thread"]


def test_one_added_setting_is_a_test_two_are_a_correlation() -> None:
    seeded = {"seeded": ["torch-seed"], "strict": ["torch-seed", "hash-seed"]}
    cause = of_repeats(INITIAL, [], [], seeded)
    assert (cause.cure, cause.evidence) == (["torch-seed"], "tested")
    strict = {"strict": ["torch-seed", "hash-seed"]}
    cause = of_repeats(INITIAL, [], [], strict)
    assert (cause.cure, cause.evidence) == (["strict"], "correlation")
    assert "which of them does it is open" in cause.basis


def test_without_a_cure_the_cause_is_unknown() -> None:
    cause = of_repeats(BACKWARD, ["torch-seed"], [], {"seeded": ["torch-seed"]})
    assert (cause.cure, cause.evidence) == ([], "unknown")
    assert cause.what == "conv2 backward is not deterministic: equal inputs, other bits"


def test_a_seed_that_is_set_is_never_blamed() -> None:
    for phase in ("initial weights", "batch", "loss"):
        cause = of_repeats(Difference(phase=phase, step=0), ["torch-seed"], [], {})
        assert "unseeded" not in cause.what


def test_a_variation_is_its_own_cause() -> None:
    words = change_in_words({"threads": 2})
    cause = of_variation("threads-2", words, BACKWARD, ["strict"])
    assert cause.what == "the thread count (2) gives other bits, first in conv2 backward"
    assert (cause.cure, cause.evidence) == (["strict"], "tested")
    assert of_variation("threads-2", words, BACKWARD, []).evidence == "one change"


def test_environments_differ_in_many_things() -> None:
    assert of_environment(["torch 2.11.0, 2.13.0"], BACKWARD).evidence == "one change"
    many = of_environment(["torch 2.11.0, 2.13.0", "numpy 1, 2"], BACKWARD)
    assert many.evidence == "correlation"
    assert of_environment([], BACKWARD).evidence == "correlation"
