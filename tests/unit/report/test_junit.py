"""JUnit XML: what a CI system counts."""

from __future__ import annotations

from xml.etree import ElementTree

from tests.support.finished import CATALOGUE, changed, judged, planned
from workflows.experiment.planned import OUT
from workflows.experiment.resolve import own
from workflows.matrix.model import Matrix
from workflows.report import junit

SETTINGS = own(planned().experiment.configurations, "configurations", CATALOGUE)


def counts(found: Matrix) -> tuple[str, ...]:
    root = ElementTree.fromstring(junit.document(found, SETTINGS))  # noqa: S314
    [suite] = [each for each in root if each.get("name") == "toy"]
    return tuple(suite.get(name, "") for name in ("tests", "failures", "errors", "skipped"))


def test_a_seeded_cell_is_to_be_identical_and_an_unseeded_one_to_run() -> None:
    matrix = judged()
    assert counts(matrix) == ("3", "0", "0", "0"), "an unseeded cell may differ"
    assert counts(changed(matrix, "seeded", verdict="differs")) == ("3", "1", "0", "0")
    assert counts(changed(matrix, "seeded", verdict="prints-alike")) == ("3", "1", "0", "0")
    assert counts(changed(matrix, "unseeded", verdict="failed")) == ("3", "0", "1", "0")
    assert counts(changed(matrix, "strict", verdict="not-run")) == ("3", "0", "0", "1")


def test_a_missed_control_is_a_failure() -> None:
    matrix = judged()
    controls = [
        control.model_copy(update={"outcome": "missed", "reason": "missed"})
        for control in matrix.controls
    ]
    invalid = matrix.model_copy(update={"validity": "invalid", "controls": controls})
    assert "<failure" in junit.document(invalid, SETTINGS)
    assert "<failure" not in junit.document(matrix, SETTINGS), "control"


def test_a_benchmark_that_is_out_is_an_error_and_what_cannot_be_varied_none() -> None:
    fault = "benchmarks/mine.py:9: STEPS = 5 * 2: expected a plain literal"
    texts = [f"{OUT}mine: {fault}", "environment cpu on cuda: built without cuda"]
    out = judged().model_copy(update={"left_out": texts})
    root = ElementTree.fromstring(junit.document(out, SETTINGS))  # noqa: S314
    errors = [
        (case.get("classname"), case[0].get("message")) for case in root.iterfind(".//*[error]")
    ]
    assert errors == [("mine", fault)]
    assert [suite.get("errors") for suite in root] == ["0", "0", "1"]
