"""What is said of a run beside its verdict: by whose save and load it went on."""

from __future__ import annotations

from tests.support import real
from workflows.compare.notes import RESUMED, notes


def test_a_resumed_run_says_by_whose_save_and_load() -> None:
    runs = real.runs("seeded")
    for by, said in RESUMED.items():
        resumed = [real.change(run, resumed=by) for run in runs]
        assert notes(resumed, identical=True).count(said) == 1
    assert not set(RESUMED.values()) & set(notes(runs, identical=True))
