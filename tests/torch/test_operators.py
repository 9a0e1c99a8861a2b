"""The operators, for real: they repeat, and a cap on the instruction sets shows in some."""

from __future__ import annotations

import numpy as np
import pytest

from tests.torch.runner import Runner
from workflows.runs.record import Run
from workflows.runs.watched import PHASES

CAPS = {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"}


def differing(a: Run, b: Run, phase: str = "batch") -> list[int]:
    """Return the steps of which a phase differs."""
    column = PHASES.index(phase)
    return [int(step) for step in np.flatnonzero(a.steps[:, column] != b.steps[:, column])]


def operators(a: Run, b: Run) -> list[str]:
    """Return the names of the operators whose results, each a step's batch, differ."""
    return [a.record.printed[step].split()[0] for step in differing(a, b)]


@pytest.fixture(scope="module")
def first(shared: Runner) -> Run:
    """A run of the operators as the machine has them."""
    return shared("operators")


def test_operators_repeat_and_a_cap_shows(run: Runner, first: Run) -> None:
    assert len(first.record.printed) == first.record.run.steps == 12
    assert operators(first, run("operators")) == []
    capped = operators(first, run("operators", **CAPS))
    assert {"matmul", "conv2d"} & set(capped) and "uniform" not in capped


def test_portable_operators_do_not_see_what_the_machine_offers(run: Runner) -> None:
    portable = ("--configuration", "portable-sse")
    assert operators(run("operators", *portable), run("operators", *portable, **CAPS)) == []


def test_a_bit_can_be_flipped_in_them(run: Runner, first: Run) -> None:
    """Else no campaign with operators could have its negative control."""
    assert differing(first, run("operators", "--flip", "6"), "weights") == [*range(6, 12)]
