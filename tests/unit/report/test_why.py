"""Why runs differ as rows: what is alike stands in one, what is not in two."""

from __future__ import annotations

from tests.support import finished
from workflows.compare.difference import Difference
from workflows.experiment.catalogue import Variation
from workflows.matrix.cause import Cause
from workflows.matrix.model import Matrix
from workflows.matrix.variations import Kept
from workflows.report.why import whys

VARIED = {"threads-2": Variation(threads=2), "cpu-x": Variation(cpu="Haswell")}
PLACE = Difference(phase="gradients", step=0, tensor="w")


def lost(variation: str, configuration: str, place: Difference = PLACE) -> Kept:
    at = (
        finished.planned()
        .plan.runs[0]
        .combination.model_copy(update={"configuration": configuration, "variation": "baseline"})
    )
    words = {"threads-2": "the thread count (2)", "cpu-x": "the CPU (Haswell, emulated)"}[variation]
    what = f"{words} gives other bits, first in the gradients of w at step {place.step}; a draw"
    return Kept(
        **at.model_dump(exclude={"variation"}), variation=variation, baseline=at, varied=at,
        answer="lost", steps=1, repeats=2, first_difference=place, reason=None,
        cause=Cause(what=what, cure=["portable", "strict"], evidence="tested", basis="seen"),
    )  # fmt: skip


def matrix(*kept: Kept) -> Matrix:
    return finished.judged().model_copy(update={"kept": list(kept)})


def test_a_baseline_that_differs() -> None:
    [row] = whys(matrix(), {})
    assert row.changes == {"nothing: runs repeated": ""} and row.configurations == ["unseeded"]
    assert row.benchmarks == ["toy"] and row.places == ["CPU build on CPU"]
    assert row.difference == "initial weights (0.weight)"
    assert row.cure == "torch-seed" and row.evidence == "tested"
    assert "first in" not in row.seen, "the place is said once"


def test_what_is_alike_stands_in_one_row() -> None:
    several = [lost(v, c) for v in VARIED for c in ("seeded", "article")]
    _, row = whys(matrix(*several), VARIED)
    assert row.changes == {
        "threads-2": "the thread count (2)", "cpu-x": "the CPU (Haswell, emulated)",
    }  # fmt: skip
    assert row.configurations == ["seeded", "article"] and row.seen == "a draw"
    assert row.difference == "gradients of w at step 0" and row.cure == "portable or strict"


def test_another_place_or_configuration_is_another_row() -> None:
    later = PLACE.model_copy(update={"step": 1})
    assert len(whys(matrix(lost("cpu-x", "seeded"), lost("cpu-x", "article", later)), VARIED)) == 3
    apart = [lost("cpu-x", "seeded"), lost("threads-2", "seeded"), lost("cpu-x", "article")]
    rows = [(list(row.changes), row.configurations) for row in whys(matrix(*apart), VARIED)[1:]]
    assert rows == [(["cpu-x"], ["seeded", "article"]), (["threads-2"], ["seeded"])]


def test_a_cause_in_other_words_is_shown_whole() -> None:
    cell = next(c for c in finished.judged().cells if c.cause)
    assert cell.cause is not None
    cause = cell.cause.model_copy(update={"what": "one; two"})
    told = cell.model_copy(update={"cause": cause})
    found = finished.judged().model_copy(update={"cells": [told]})
    assert [row.seen for row in whys(found, {})] == ["one; two"]
