"""The pages whose commands train or lock: followed to the letter in a copy of the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.documented import TRAINING, follow
from tests.workflow.project import Project
from workflows.common.paths import ROOT

pytestmark = pytest.mark.late


@pytest.mark.parametrize("page", TRAINING)
def test_what_a_page_says_holds(page: str, tmp_path: Path, torch_python: Path) -> None:
    project = Project.copy(tmp_path / "project")
    (tmp_path / "programs").mkdir()
    follow((ROOT / page).read_text(), project.folder, tmp_path / "programs", torch_python)
