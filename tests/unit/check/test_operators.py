"""What a run has recorded of its operators is read back, or counts as nothing."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from workflows.check.operators import recorded

LINE = {
    "operator": "aten.mm.default", "place": "train.py:3 in f", "text": "a @ b", "module": None,
    "backward": False, "draws": False, "given": ["1"], "asked": [], "unwritten": None,
    "left": ["3"],
}  # fmt: skip
FILE = "train.py.operators.jsonl"


def run(status: str = "completed", *files: str) -> Any:
    processes = [SimpleNamespace(operators=file) for file in files or (FILE,)]
    return SimpleNamespace(record=SimpleNamespace(status=status, processes=processes))


def test_what_was_recorded_is_read_in_its_order(tmp_path: Path) -> None:
    lines = [
        LINE,
        LINE | {"operator": "aten.sum.default", "backward": True, "node": "SumBackward0"},
    ]
    (tmp_path / FILE).write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = recorded(run(), tmp_path, 0)
    assert found is not None
    assert [one.operator for one in found] == ["aten.mm.default", "aten.sum.default"]


@pytest.mark.parametrize(
    "content",
    [None, json.dumps(LINE) + '\n{"fault": "KeyError: 1"}\n', json.dumps(LINE)[:40], "[1]\n"],
)
def test_what_is_missing_broken_or_ended_by_a_fault_is_nothing(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / FILE).write_text(content)
    assert recorded(run(), tmp_path, 0) is None


def test_a_run_that_failed_or_has_no_such_process_is_nothing(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps(LINE) + "\n")
    assert recorded(run(), tmp_path, 0) is not None, "control"
    assert recorded(run("failed"), tmp_path, 0) is None
    assert recorded(run(), tmp_path, 1) is None


def test_each_process_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "b").write_text(json.dumps(LINE) + "\n")
    both = run("completed", "a", "b")
    assert recorded(both, tmp_path, 0) is None
    assert recorded(both, tmp_path, 1) is not None
