"""The code of each stage: all that can change its results, and nothing that cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.common.imports import closure
from workflows.common.paths import ROOT
from workflows.rules import code as rules_code
from workflows.rules.code import CODE, code

MOST = 55
JUDGES = set(CODE["matrix"])


def test_the_matrix_is_judged_again_by_what_judges() -> None:
    assert len(JUDGES) <= MOST
    needed = {"collect", "cells", "cause", "variations", "probes"}
    assert {f"workflows/matrix/{name}.py" for name in needed} <= JUDGES
    needed = {"verdict", "difference", "letters", "controls", "published"}
    assert {f"workflows/compare/{name}.py" for name in needed} <= JUDGES
    assert {"workflows/runs/record.py", "workflows/common/models.py"} <= JUDGES


def test_tables_are_written_again_by_what_writes_them_alone() -> None:
    shown = {"workflows/matrix/show.py", "workflows/matrix/tables.py"}
    assert shown <= set(CODE["tables"]) and not shown & JUDGES


def test_no_engine_launcher_or_planner_judges() -> None:
    others = ("workflows/environments/engines/", "workflows/environments/clients/")
    assert not [file for file in JUDGES if file.startswith(others)]
    assert not JUDGES & {
        "workflows/runs/launch.py", "workflows/experiment/plan.py", "workflows/experiment/load.py",
        "workflows/studies/ablation/search.py", "workflows/studies/costs/statistics.py",
        "workflows/studies/differences/run.py", "workflows/compare/locate.py",
    }  # fmt: skip


@pytest.mark.parametrize(
    "stage", ["matrix", "tables", "costs", "ablations", "cures", "differences", "publication"]
)
def test_only_empty_files_are_left_out(stage: str) -> None:
    for file in closure(*CODE[stage]):
        assert (file in CODE[stage]) == bool((ROOT / file).read_bytes()), file


def test_an_empty_file_counts_once_something_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "workflows"
    package.mkdir()
    empty = package / "__init__.py"
    empty.touch()
    (package / "judge.py").write_text("from workflows import other\n")
    (package / "other.py").write_text("LIMIT = 1\n")
    monkeypatch.setattr(rules_code, "ROOT", tmp_path)
    monkeypatch.setattr(rules_code, "closure", lambda *files: closure(*files, root=tmp_path))
    assert code("workflows/judge.py") == ["workflows/judge.py", "workflows/other.py"]
    empty.write_text("from workflows import other\n\nother.LIMIT = 2\n")
    assert code("workflows/judge.py")[0] == "workflows/__init__.py"
