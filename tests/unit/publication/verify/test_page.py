"""The page of a verification and its Markdown: what is on it, and that data are only data."""

from __future__ import annotations

import pytest

from workflows.common.revision import Revision
from workflows.compare.difference import Difference
from workflows.publication.manifest import Manifest
from workflows.publication.verify.conclusion import conclusion, outcome
from workflows.publication.verify.model import After, Checked, Foretold, Here, Verification
from workflows.publication.verify.page import html, markdown, notes, tiles

HERE = Here(
    machine="AMD EPYC, an AVX2 machine", published_on="Intel Xeon, an AVX-512 machine",
    revision=Revision(commit="1" * 40, edited=False), engine="venv",
    environments=["cpu: torch 2.13.0+cpu, Python 3.11.7"], started="2026-11-26T00:00:00+00:00",
)  # fmt: skip
PLACE = Difference(phase="gradients", step=0)
CELLS = [
    Checked(cell="cpu/cpu/toy/portable/baseline", answer="reproduced", runs=1, steps=100,
            capped="AVX2", notes=["other hardware: a, b", "other code"]),
    Checked(cell="cuda/cpu/toy/seeded/hostile", answer="differs", first_difference=PLACE,
            claim="foretold", notes=["other code"],
            foretold=Foretold(place=PLACE, by=["a cap to AVX2"], size="2 ULP"),
            after=After(losses=["loss 1e-07 (1 ULP) apart at step 2"], prints="prints agree")),
    Checked(cell="cpu/cpu/toy/own/baseline", answer="cannot-run", reason="<script>|</script>"),
]  # fmt: skip


@pytest.fixture
def found() -> Verification:
    revision = Revision(commit="2" * 40, edited=False)
    return Verification(
        publication=Manifest(traces="whole", revision=revision), name="it.zip", digest="3" * 64,
        signed="not signed", checked=["sums fit"], engine="venv", here=HERE,
        conclusion=conclusion(CELLS, HERE), exit_code=outcome(CELLS), cells=CELLS,
    )  # fmt: skip


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
