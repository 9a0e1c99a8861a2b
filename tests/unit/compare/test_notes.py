"""What is said of a run beside its verdict: by whose save and load it went on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.support import real
from workflows.compare.notes import RESUMED, notes


def test_a_resumed_run_says_by_whose_save_and_load() -> None:
    runs = real.runs("seeded")
    for by, said in RESUMED.items():
        resumed = [real.change(run, resumed=by) for run in runs]
        assert notes(resumed, identical=True).count(said) == 1
    assert not set(RESUMED.values()) & set(notes(runs, identical=True))


def test_a_loss_that_is_nan_where_fresh_memory_is_filled_says_so() -> None:
    nan = [replace(run, losses=np.full_like(run.losses, np.nan)) for run in real.runs("seeded")]
    said = "the loss is nan at step 0"
    assert said in notes(nan, identical=True), "control"
    asked = nan[0].record.run.model_copy(update={"settings": ["torch-seed", "memory-fill"]})
    filled = [real.change(run, run=asked) for run in nan]
    assert f"{said}; memory-fill fills with nan what is never initialised" in notes(
        filled, identical=True
    )
