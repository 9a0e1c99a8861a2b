"""The report's words and numbers: conclusion, curves, escaping, size."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import finished, real
from workflows.compare.difference import Difference
from workflows.environments.conditions import Conditions
from workflows.experiment.catalogue import Variation
from workflows.experiment.resolve import own
from workflows.experiment.specification import Combination
from workflows.matrix.cells import Cell
from workflows.matrix.model import Matrix
from workflows.matrix.variations import Kept
from workflows.report.cell import Detail, detail
from workflows.report.charts import picture
from workflows.report.conclusion import counted, joined, paragraph, processors
from workflows.report.curves import blocks, curves
from workflows.report.page import render
from workflows.runs.record import read

SETTINGS = own(finished.planned().experiment.configurations, "configurations", finished.CATALOGUE)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished.records(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def matrix(results: Path) -> Matrix:
    return finished.judge(results)


def changed(matrix: Matrix, configuration: str | None = None, **fields: Any) -> Matrix:
    """Return the matrix with other fields in one configuration's cells, or in all."""
    cells = [
        cell.model_copy(update=fields) if configuration in (None, cell.configuration) else cell
        for cell in matrix.cells
    ]
    return matrix.model_copy(update={"cells": cells})


def conclusion(matrix: Matrix) -> str:
    return paragraph(matrix, SETTINGS, {})


def test_the_conclusion(matrix: Matrix) -> None:
    assert conclusion(matrix) == (
        "On cpu one setting (torch-seed), the configuration “seeded”, makes the toy reproduce "
        "bit for bit (3 runs each)."
    )


def test_a_conclusion_rests_on_verdicts(matrix: Matrix) -> None:
    only_strict = conclusion(changed(matrix, "seeded", verdict="differs"))
    assert only_strict.startswith("On cpu 16 settings, the configuration “strict”, make the toy")
    none = conclusion(changed(matrix, verdict="differs"))
    assert none == "On cpu no configuration tried makes the toy reproduce bit for bit."
    assert "prints" not in conclusion(changed(matrix, verdict="prints-alike"))
    absent = conclusion(changed(matrix, verdict="not-run", reason="no GPU"))
    assert absent == "Nothing ran on cpu: no GPU."
    failed = conclusion(changed(matrix, "strict", verdict="failed", reason="killed"))
    assert failed.endswith("One cell fails: see the notes.")
    invalid = conclusion(matrix.model_copy(update={"validity": "invalid"}))
    assert invalid.startswith("Nothing can be concluded")


def test_environments_that_agree_or_not(matrix: Matrix) -> None:
    def beside(letters: list[str]) -> str:
        other = [
            cell.model_copy(update={"environment": "cuda", "classes": letters})
            for cell in matrix.cells
        ]
        return conclusion(matrix.model_copy(update={"cells": [*matrix.cells, *other]}))

    assert "cpu and cuda agree with each other in every bit" in beside(["A"] * 3)
    assert "cpu and cuda repeat, but never agree" in beside(["Z"] * 3)
    others = [
        cell.model_copy(update={"environment": name, "classes": [letter] * 3})
        for cell in matrix.cells
        for name, letter in (("cuda", "A"), ("older", "Z"))
    ]
    three = conclusion(matrix.model_copy(update={"cells": [*matrix.cells, *others]}))
    assert "cpu, cuda and older disagree on" in three, "two of them do agree"


def kept(configuration: str, answer: Any, variation: str = "cpu-x") -> Kept:
    place = {"environment": "cpu", "device": "cpu", "benchmark": "toy"}
    cell = Combination(**place, configuration=configuration, variation="baseline")
    difference = Difference(phase="loss", step=0) if answer == "lost" else None
    return Kept(
        **place, configuration=configuration, variation=variation, baseline=cell, varied=cell,
        answer=answer, steps=1, repeats=2, first_difference=difference, reason=None,
    )  # fmt: skip


def test_processors() -> None:
    changes = {"cpu-x": Variation(cpu="Haswell"), "locale": Variation(variables={"LANG": "C"})}
    assert changes["cpu-x"].conditions == Conditions(cpu="Haswell")
    lost, held = kept("seeded", "lost"), kept("portable", "kept")
    tried = "Of “seeded” and “portable”, tried across CPU instruction sets, only “portable”"
    assert processors([lost, held], changes) == f"{tried} keeps its bits."
    assert processors([lost, held], changes, ["seeded", "own"]) == (
        f"{tried} keeps its bits; “own” was not tried."
    )
    assert processors([lost], changes) == "Across CPU instruction sets “seeded” loses its bits."
    assert processors([held], changes) == "Across CPU instruction sets “portable” kept every bit."
    assert processors([kept("seeded", "not-run")], changes) is None, "nothing was tried"
    assert processors([kept("seeded", "lost", "locale")], changes) is None
    unreached = held.model_copy(update={"reason": "the change did not reach the run"})
    assert processors([unreached], changes) is None


def test_words() -> None:
    assert joined(["a"]) == "a" and joined(["a", "b", "c"]) == "a, b and c"
    assert counted(1, "line") == "one line" and counted(13, "line") == "13 lines"


def test_curves_of_equal_repeats_share_their_numbers() -> None:
    found = curves(real.runs("seeded"), ["A", "A", "A"])
    assert found is not None and [*found["loss"]] == ["A"]
    assert found["steps"] == [*range(1, 101)], "short runs are drawn step by step"
    assert np.allclose(found["loss"]["A"], real.run().losses, rtol=1e-5)
    assert set(found["difference"]["A"]) == {0.0}
    assert [each["letter"] for each in found["repeats"]] == ["A", "A", "A"]


def test_curves_of_repeats_that_differ() -> None:
    runs = real.runs("unseeded")
    found = curves(runs, ["B", "C", "D"])
    assert found is not None
    assert max(found["difference"]["B"]) == 0.0
    expected = abs(runs[1].losses - runs[0].losses)
    assert np.allclose(found["difference"]["C"], expected, rtol=1e-5)


@pytest.mark.parametrize("steps", [1, 199, 200, 201, 25_000])
def test_blocks_cover_every_step_once(steps: int) -> None:
    ends = blocks(steps)
    assert ends[-1] == steps and len(ends) == min(steps, 200)
    assert all(a < b for a, b in zip([0, *ends], ends, strict=False))


def told(cell: Cell, matrix: Matrix, results: Path) -> Detail:
    runs = [read(results / path) for path in cell.records]
    return detail(cell, matrix, runs, finished.CATALOGUE)


def page(matrix: Matrix, results: Path) -> str:
    details = [told(cell, matrix, results) for cell in matrix.cells]
    return render(matrix, details, finished.CATALOGUE)


def test_text_from_data_is_escaped(matrix: Matrix, results: Path) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    planted = changed(matrix, reason=evil).model_copy(update={"why": evil})
    # The detail's text reaches the page through the records, too.
    text = page(planted, results)
    assert "<img src=x" not in text and "<script>alert" not in text
    assert "&lt;img src=x onerror" in text
    assert evil not in picture(planted)


def test_what_scripts_read_is_escaped(matrix: Matrix, results: Path) -> None:
    cell = matrix.cells[0].model_copy(update={"classes": ["</script><b>", "C", "D"]})
    made = told(cell, matrix, results)
    text = render(matrix, [made], finished.CATALOGUE)
    data = re.search(r'<script type="application/json" id="curves">(.*?)</script>', text, re.S)
    assert data is not None
    assert "</script><b>" in json.loads(data[1])[made.id]["loss"]


def test_it_needs_no_other_file(matrix: Matrix, results: Path) -> None:
    text = page(matrix, results)
    without_names = re.sub(r'"\$schema": ?"[^"]*"', "", text)
    # A link to a record loads nothing by itself.
    loads = r'(?:src|href|action)="(?!#|data:|runs/)'
    assert not re.search(loads, without_names) and "@import" not in text
    assert "default-src 'none'" in text


def test_five_hundred_runs_are_under_five_megabytes(matrix: Matrix, results: Path) -> None:
    details: list[Detail] = []
    for index in range(170):  # of three runs each
        cell = matrix.cells[index % 3].model_copy(update={"variation": f"v{index}"})
        details.append(told(cell, matrix, results))
    cells = [each.cell for each in details]
    text = render(matrix.model_copy(update={"cells": cells}), details, finished.CATALOGUE)
    assert len(text.encode()) < 5_000_000
