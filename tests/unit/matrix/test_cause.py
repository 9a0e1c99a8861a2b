"""Causes in words: no stronger than what was tested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.operators import PARTED
from workflows.compare.difference import Difference
from workflows.matrix.cause import (
    Cause,
    of_environment,
    of_repeats,
    of_unsteady,
    of_variation,
    with_operator,
)
from workflows.matrix.show import in_words
from workflows.matrix.tried import Tried
from workflows.runs.watched import Source

INITIAL = Difference(phase="initial weights", tensor="conv1.weight")
BATCH = Difference(phase="batch", step=0)
BACKWARD = Difference(phase="gradients", step=3, tensor="conv2.weight")
PRINTED = Difference(phase="printed", line=1)


def tried(*added: str, **fields: Any) -> Tried:
    usual: dict[str, Any] = {
        "way": "+".join(added), "basis": "it was tried", "added": frozenset(added), "place": None,
        "alone": len(added) < 2, "repeats": 3,
    }  # fmt: skip
    return Tried(**{**usual, **fields})


def source(kind: Any, what: str) -> Source:
    return Source(kind=kind, what=what, place="a.py:3 in f", step=-1, count=1)


def cause(
    *found: Tried, place: Difference = INITIAL, letters: str = "ABC", seen: Any = ()
) -> Cause:
    return of_repeats("first in …", place, [*letters], found, seen)


def test_a_single_change_is_a_test_whatever_made_it() -> None:
    seed, ordered = tried("torch-seed"), tried(way="in_order = True", basis="a variation")
    found = cause(seed, ordered, tried("torch-seed", "hash-seed", way="strict"))
    assert (found.cure, found.evidence) == (["torch-seed", "in_order = True"], "tested")
    assert found.basis == "it was tried; a variation"


def test_several_at_once_are_a_correlation() -> None:
    strict = tried("torch-seed", "hash-seed", way="strict", basis="strict is identical here")
    found = cause(strict)
    assert (found.cure, found.evidence) == (["strict"], "correlation")
    assert found.basis == "strict is identical here: which of them does it is open"


@pytest.mark.parametrize("letters", ["AAAB", "AAB"])
def test_repeats_that_may_agree_by_chance_are_no_test(letters: str) -> None:
    found = cause(tried("torch-seed"), letters=letters)
    assert (found.cure, found.evidence) == (["torch-seed"], "correlation")
    assert "3 repeats may do so by chance" in found.basis
    many = cause(tried("torch-seed", repeats=12), letters=letters)
    assert many.evidence == "tested", "control: as many as chance does not bring together"


def test_what_still_differs_cures_nothing() -> None:
    found = cause(tried("torch-seed", place=INITIAL))
    assert (found.cure, found.evidence, found.remarks) == ([], "unknown", [])
    assert cause(seen=[source("entropy", "random.Random()")]).evidence == "observed"
    assert cause(seen=[source("read", "time.time()")]).evidence == "unknown", "control"


@pytest.mark.parametrize(
    ("kind", "evidence"),
    [("operator", "observed"), ("unwritten", "observed"), ("elsewhere", "unknown"),
     ("draw", "unknown"), ("flow", "unknown"), (None, "unknown")],
)  # fmt: skip
def test_an_operator_that_was_seen_to_do_it_is_evidence(kind: str | None, evidence: str) -> None:
    operator = PARTED.model_copy(update={"kind": kind}) if kind else None
    found = with_operator(cause(place=BACKWARD), operator)
    assert (found.evidence, found.cure) == (evidence, [])
    tested = with_operator(cause(tried("torch-seed")), operator)
    assert tested.evidence == "tested", "control: what was tested is the stronger"


def test_a_training_that_is_dead_is_not_cured() -> None:
    dead = tried("torch-seed", "hash-seed", way="strict", ruined="every loss is nan from step 0")
    found = cause(dead)
    assert (found.cure, found.evidence) == ([], "unknown")
    assert found.remarks == [
        "strict makes the runs agree, and is no cure: every loss is nan from step 0"
    ]


def test_a_detector_shows_and_does_not_cure() -> None:
    found = cause(tried("memory-fill"))
    assert (found.cure, found.evidence) == ([], "unknown")
    assert found.remarks == [
        "memory-fill makes the runs agree: they read memory that was never initialised"
    ]


def test_one_setting_after_the_other_is_told_in_order() -> None:
    seed = tried("torch-seed", place=BATCH)
    found = cause(seed)
    assert found.remarks == [
        "torch-seed cures initial weights (conv1.weight)",
        "next: batch at step 0",
    ]
    assert "no cure known" in in_words(found)
    both = cause(seed, tried("torch-seed", "python-seed", alone=True))
    assert both.cure == ["torch-seed+python-seed"]
    assert both.remarks[1:] == ["python-seed cures batch at step 0"]


def test_what_moves_nothing_is_no_step() -> None:
    assert cause(tried("hash-seed", place=BATCH), place=BATCH).remarks == []
    earlier = cause(tried("hash-seed", place=INITIAL), place=BATCH)
    assert earlier.remarks == []


def test_a_seed_that_hides_dropout_says_so() -> None:
    seed, seen = tried("torch-seed"), [source("dropout", "dropout was active where it printed")]
    assert cause(seed, place=PRINTED, seen=seen).remarks == [
        "torch-seed hides it: dropout was active where it printed (a.py:3 in f)"
    ]
    assert cause(seed, place=PRINTED).remarks == [], "control: none was seen"
    assert cause(seed, place=BATCH, seen=seen).remarks == []


def test_a_variation_is_its_own_cause() -> None:
    def found(keeping: Mapping[str, list[str]], *more: Tried) -> Cause:
        return of_variation("threads-2", "first in x", BATCH, keeping, more)

    several = found({"strict": ["hash-seed", "one-thread"]})
    assert (several.cure, several.evidence) == (["strict"], "one change"), "several at once"
    single = found({"threads": ["one-thread"]})
    assert (single.cure, single.evidence) == (["one-thread"], "tested")
    assert found({}).evidence == "one change"
    by_itself = found({"strict": ["hash-seed", "one-thread"]}, tried("hash-seed"))
    assert (by_itself.cure, by_itself.evidence) == (["hash-seed"], "tested")
    dead = found({}, tried("hash-seed", ruined="every loss is nan from step 0"))
    assert (dead.cure, dead.evidence) == ([], "one change")
    assert dead.remarks == [
        "hash-seed makes the runs agree, and is no cure: every loss is nan from step 0"
    ]
    assert found({}, tried("hash-seed", place=BATCH)).cure == [], "control: it differs with it, too"
    unsteady = of_unsteady("threads-2", cause())
    assert (unsteady.cure, unsteady.evidence) == ([], "one change")


def test_environments_differ_in_many_things() -> None:
    found = of_environment(["torch 2.11.0, 2.13.0"], BACKWARD)
    assert found.evidence == "one change"
    assert found.what.endswith("first in the gradients of conv2.weight at step 3")
    many = of_environment(["torch 2.11.0, 2.13.0", "numpy 1, 2"], BACKWARD)
    assert many.evidence == "correlation"
    assert of_environment([], BACKWARD).evidence == "correlation"


def test_of_two_environments_the_operator_is_named() -> None:
    found = of_environment(["torch 2.13.0, 2.12.0"], BATCH, PARTED)
    said = "torch 2.13.0, 2.12.0: first in the batch at step 0"
    assert found.what == f"{said}; operator by operator: {PARTED}"
    assert of_environment(["torch 2.13.0, 2.12.0"], BATCH).what == said, "control"
