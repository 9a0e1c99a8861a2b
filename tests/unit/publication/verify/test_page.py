"""The page of a verification and its Markdown: what is on it, and that data are only data."""

from __future__ import annotations

import pytest

from tests.support.verified import HERE, verification
from workflows.publication.verify.model import Verification
from workflows.publication.verify.page import html, markdown, notes, tiles


@pytest.fixture
def found() -> Verification:
    return verification()


@pytest.mark.parametrize("draw", [html, markdown])
def test_everything_is_said(found: Verification, draw: object) -> None:
    page = html(found) if draw is html else markdown(found)
    for words in (
        *found.conclusion[:-1], HERE.machine, HERE.published_on, "git checkout 222222222222",
        "the toy, portable, CPU build on CPU, capped to AVX2", "the toy, seeded, hostile, CUDA",
        "gradients at step 0; foretold: gradients at step 0, 2 ULP",
        "loss 1e-07 (1 ULP) apart at step 2; prints agree", "100 steps compared", "sums fit",
        "Claimed, but could not be run here: 1", "3" * 64, "other code (2 cells)",
    ):  # fmt: skip
        assert words in page, words
    assert page.count(HERE.published_on) == 2, "once in the paragraph, once in the facts"


def test_the_page_needs_no_other_file_and_runs_nothing(found: Verification) -> None:
    page = html(found)
    assert "default-src 'none'" in page and "<script" not in page and "src=" not in page
    assert "&lt;script&gt;" in page
    assert "\\|" in markdown(found), "a stranger's words stay in their place of the table"


def test_the_numbers(found: Verification) -> None:
    assert [number for number, _ in tiles(found.cells)] == ["1 of 2", "1 of 2", "1", "1"]
    assert notes(found) == ["other code (2 cells)"]
