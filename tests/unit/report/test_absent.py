"""What could not be imported is named, with the fix; other failures are no matter of it."""

from __future__ import annotations

import pytest

from workflows.report.absent import fixes, is_import

RUNS = "runs/cpu/cpu/mine/seeded/baseline: "


@pytest.mark.parametrize(
    ("failure", "line"),
    [
        (
            f"{RUNS}ModuleNotFoundError: No module named 'pandas.core'",
            "cpu has no module pandas.core: name its package in containers/cpu/requirements.in "
            "and call make lock; or, if it is a file of yours, put it into benchmarks/ and import "
            "benchmarks.pandas; then: reprise matrix",
        ),
        (
            f"{RUNS}ended with exit code 1 and left no record; the last line of its log: "
            "ModuleNotFoundError: No module named 'benchmarks.helpers'",
            "benchmarks/helpers.py is not there: put it there, or mend the import; "
            "then: reprise matrix",
        ),
        (
            "runs/host/cpu/mine/seeded/baseline: ModuleNotFoundError: No module named 'pandas'",
            "host has no module pandas: install its package for this interpreter; or, if it is a "
            "file of yours, put it into benchmarks/ and import benchmarks.pandas; "
            "then: reprise matrix",
        ),
        (
            "probe dropout, cuda on cpu: ImportError: libGL.so.1: cannot open shared object file",
            "cannot be imported in cuda (ImportError: libGL.so.1: cannot open shared object file): "
            "mend the import, or name another version in containers/cuda/requirements.in and call "
            "make lock; then: reprise matrix",
        ),
    ],
)
def test_what_is_missing_is_one_line_with_the_fix(failure: str, line: str) -> None:
    assert list(fixes([failure, failure])) == [line]


@pytest.mark.parametrize(
    "failure",
    ["RuntimeError: broke", "ValueError: an import failed", "killed by signal 9 (SIGKILL)"],
)
def test_other_failures_are_left_to_another_try(failure: str) -> None:
    assert not is_import(RUNS + failure) and list(fixes([RUNS + failure])) == []
