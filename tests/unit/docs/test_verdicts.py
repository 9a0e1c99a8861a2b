"""The words of a matrix: each that the code can say is explained."""

from __future__ import annotations

from typing import get_args

from workflows.common.paths import ROOT
from workflows.compare.difference import Phase
from workflows.compare.verdict import VerdictName
from workflows.matrix.cause import Evidence
from workflows.matrix.probes import Finding
from workflows.matrix.variations import KeptAnswer
from workflows.publication.verify.model import WORDS, Standing

PAGE = (ROOT / "docs" / "reference" / "verdicts.md").read_text()


WORDED = (Phase, VerdictName, Evidence, Finding, KeptAnswer, Standing)


def unexplained(page: str) -> set[str]:
    said = {word for each in WORDED for word in get_args(each)} | set(WORDS.values())
    return {word for word in said if f"`{word}`" not in page}


def test_every_word_is_explained() -> None:
    assert not unexplained(PAGE)


def test_control_a_word_that_is_gone_is_missed() -> None:
    assert unexplained(PAGE.replace("`not provoked`", "")) == {"not provoked"}
