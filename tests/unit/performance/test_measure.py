"""Figures of whole processes: what two in turn are, and what one of them took."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from performance.measure import FailedError, Figures, differences, paired, ratios, spent


def test_figures_are_least_median_and_most() -> None:
    assert Figures.of([3.0, 1.0, 10.0, 2.0]) == (1.0, 2.5, 10.0)


def test_two_things_are_measured_in_turn_and_compared_pair_by_pair() -> None:
    order: list[str] = []

    def one() -> float:
        order.append("one")
        return 6.0 * len(order)

    def other() -> float:
        order.append("other")
        return 2.0 * len(order)

    found = paired(one, other, 3)
    assert order == ["one", "other", "other", "one", "one", "other"]
    assert found == ([6.0, 24.0, 30.0], [4.0, 6.0, 12.0])
    assert ratios(found) == [1.5, 4.0, 2.5] and differences(found) == [2.0, 18.0, 18.0]


def test_a_process_is_measured_with_its_children(tmp_path: Path) -> None:
    busy = "import time\nwhile time.process_time() < 0.2: pass"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}], check=True)"
    slept = [sys.executable, "-c", "import time; time.sleep(0.3)"]
    worked, waited = spent([sys.executable, "-c", child], tmp_path), spent(slept, tmp_path)
    assert worked.cpu > 0.2 and worked.memory > 1
    assert waited.wall > 0.3 and waited.cpu < worked.cpu, "control"


def test_what_fails_says_its_last_line(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="ended with 3: no wheels"):
        spent(["sh", "-c", "echo begun; echo no wheels >&2; exit 3"], tmp_path)
