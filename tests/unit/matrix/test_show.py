"""The line that says whether the negative controls were caught."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.finished import judged
from workflows.compare.controls import NOTHING, ControlResult
from workflows.matrix.model import Matrix
from workflows.matrix.show import validity

CELL = "cpu/cpu/toy/strict"
COULD, ABLE = "controls that could run", "control that could run"
REASONS = {
    "gpu": ("not-run", "cuda/cuda/toy/strict/baseline/0: no NVIDIA driver on this machine"),
    "idle": ("not-run", "no QEMU"),
    "bare": ("not-run", f"{NOTHING}: there is none"),
    "caught": ("caught", None),
    "failed": ("failed", "it crashed"),
    "undecided": ("undecided", "it does not repeat"),
}


def matrix(*controls: str, valid: str = "valid") -> Matrix:
    found = []
    for name in controls:
        outcome, reason = REASONS[name]
        given: dict[str, Any] = {
            "flipped": f"{CELL}/bit-flip/0", "untouched": f"{CELL}/baseline/0", "step": 5,
            "flip_in": "buffer" if name == "bare" else None, "outcome": outcome,
            "found": None, "reason": reason,
        }  # fmt: skip
        found.append(ControlResult(**given))
    return judged().model_copy(update={"controls": found, "validity": valid})


@pytest.mark.parametrize(
    ("controls", "line"),
    [
        (5 * ["caught"] + 2 * ["gpu"], f"All 5 negative {COULD} were caught; 2 need a GPU"),
        (2 * ["caught"] + ["gpu"], f"Both negative {COULD} were caught; 1 needs a GPU"),
        (["caught"], "The one negative control was caught"),
        (3 * ["caught"], "All 3 negative controls were caught"),
        (["caught", "idle"], f"The one negative {ABLE} was caught; not-run: no QEMU"),
        (
            ["caught", "bare"],
            "The one negative control was caught; nothing to flip in toy (buffer)",
        ),
        (["caught", "failed"], "1 of 2 negative controls were caught; failed: it crashed"),
        (
            ["caught", "undecided", "gpu"],
            "1 of 2 negative controls that could run were caught; undecided: it does not repeat; "
            "1 needs a GPU",
        ),
        (
            ["caught", "gpu", "idle"],
            f"The one negative {ABLE} was caught; 1 needs a GPU; not-run: no QEMU",
        ),
        (["gpu"], "No negative control could run; 1 needs a GPU"),
        ([], "No negative control"),
    ],
)  # fmt: skip
def test_caught_controls_are_counted_among_those_that_could_run(
    controls: list[str], line: str
) -> None:
    assert validity(matrix(*controls)) == line


def test_a_matrix_that_nothing_proves_is_said_to_be_so() -> None:
    said = validity(matrix("gpu", valid="unproven"))
    assert said == "No negative control could run; UNPROVEN; 1 needs a GPU"
