"""The README's picture: the published matrix without the columns in which nothing ran."""

from __future__ import annotations

import zipfile

from docs.generated.picture import PUBLICATION, pictures
from workflows.common.paths import ROOT
from workflows.matrix.cells import Cell
from workflows.matrix.model import Matrix
from workflows.report.charts import ran


def cells() -> list[Cell]:
    with zipfile.ZipFile(PUBLICATION) as archive:
        return Matrix.model_validate_json(archive.read("matrix.json")).cells


def test_the_pictures_that_are_committed_are_those_of_the_publication() -> None:
    for name, text in pictures().items():
        assert (ROOT / "docs" / "images" / name).read_text() == text, (
            f"{name}: draw it again: python -m docs.generated.picture"
        )
        assert len(text) < 2**20
        assert "differs" in text and "not-run" not in text
        assert "CUDA build on CPU" in text and "2026-11-25" in text


def test_a_column_in_which_nothing_ran_is_left_out_and_no_other() -> None:
    found = cells()
    assert {(c.environment, c.device) for c in found} > {("cuda", "cuda")}
    assert {(c.environment, c.device) for c in ran(found)} == {("cpu", "cpu"), ("cuda", "cpu")}


def test_control_a_column_in_which_one_cell_ran_stays() -> None:
    found = cells()
    one = next(c for c in found if c.device == "cuda")
    planted = [c.model_copy(update={"verdict": "failed"}) if c is one else c for c in found]
    assert ran(planted) == planted
