"""What a verification comes to: yes, no or open; never a yes where something claimed differs."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.common.revision import Revision
from workflows.compare.difference import Difference
from workflows.publication.verify.conclusion import conclusion, named, outcome
from workflows.publication.verify.model import Answer, Checked, Claim, Foretold, Here, summary

HERE = Here(
    machine="AMD EPYC, an AVX2 machine", published_on="Intel Xeon, an AVX-512 machine",
    revision=Revision(commit="f" * 40, edited=False), engine="venv", environments=[],
    started="2026-11-26T00:00:00+00:00",
)  # fmt: skip
TOLD = Foretold(place=Difference(phase="loss", step=0), by=["a cap to AVX2", "an emulated Haswell"])


def cell(answer: Answer, claim: Claim = "made", name: str = "seeded", **more: Any) -> Checked:
    return Checked(cell=f"cpu/cpu/toy/{name}/baseline", answer=answer, claim=claim, **more)


def code(*found: Checked) -> int:
    return outcome([*found])


def test_what_is_claimed_and_differs_is_a_no() -> None:
    answers: tuple[Answer, ...] = ("differs", "prints-alike")
    for answer in answers:
        assert code(cell("reproduced"), cell(answer)) == 1
        assert code(cell("reproduced"), cell(answer), cell("cannot-run")) == 1


@pytest.mark.parametrize("claim", ["foretold", "silent"])
def test_control_what_is_not_claimed_may_differ(claim: Claim) -> None:
    assert code(cell("reproduced"), cell("differs", claim)) == 0
    assert code(cell("differs", claim)) == 4, "a difference alone confirms nothing"


def test_what_is_claimed_and_was_not_tested_is_open() -> None:
    assert code(cell("reproduced"), cell("cannot-run")) == 4
    assert code(cell("reproduced"), cell("cannot-run", "none")) == 0, "control: no such machine"
    assert code(cell("not-claimed", "none")) == code(cell("cannot-run", "none")) == code() == 4
    assert code(cell("reproduced", "silent")) == 4, "nobody claimed it"


def test_what_holds_under_another_name_only_is_open() -> None:
    assert code(cell("reproduced"), cell("renamed")) == 4
    assert code(cell("renamed", earlier=True)) == 0


def test_the_paragraph() -> None:
    found = [
        cell("reproduced", name="portable"), cell("differs", "foretold", foretold=TOLD),
        cell("differs", "silent", name="own"), cell("cannot-run", "none", reason="no GPU"),
    ]  # fmt: skip
    said = conclusion(found, HERE)
    assert said == [
        "Yes: everything that it claims of such a machine held.",
        "1 of 3 cells came back bit for bit on AMD EPYC, an AVX2 machine (published on Intel "
        "Xeon, an AVX-512 machine): portable (the toy).",
        "One cell differs, as the publication itself foretells: its own runs under a cap to AVX2 "
        "and an emulated Haswell lose their bits, too.",
        "It is seeded (the toy).",
        "One cell differs of which it claims nothing on other hardware: own (the toy).",
        "One cell could not run here: no GPU.",
    ]
    assert summary(found) == "1 reproduced bit for bit, 2 differs, 1 cannot run here"


def test_a_no_and_an_open_say_so() -> None:
    no = conclusion([cell("reproduced", name="strict"), cell("differs")], HERE)
    assert no[0] == "No: 1 of 2 cells claimed of such a machine did not hold."
    assert "Not reproduced, though claimed: seeded (the toy)." in no
    assert conclusion([cell("differs", "silent")], HERE)[0].startswith("Open: ")
    half = conclusion([cell("reproduced"), cell("cannot-run")], HERE)
    assert half[0] == "So far, yes: what was tested held; one cell claimed could not be run."
    earlier = conclusion([cell("renamed", earlier=True)], HERE)[-1]
    assert earlier.endswith("names seeded; here these names hold further ones.")
    assert conclusion([cell("renamed")], HERE)[-1] == (
        "Here other things are called seeded: see the notes."
    )


def test_a_cell_under_a_variation_is_told_where_its_baseline_is_not_there() -> None:
    short, emulated = "cpu/cpu/toy/seeded/baseline-20", "cpu/cpu/toy/seeded/cpu-haswell"
    [varied, plain] = [Checked(cell=name, answer="reproduced") for name in (emulated, short)]
    assert named([varied, cell("reproduced", name="strict")]) == (
        "seeded under cpu-haswell and strict (the toy)"
    )
    assert named([varied, plain]) == "seeded (the toy)"
