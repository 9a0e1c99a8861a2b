"""The revision of a copy, with and without Git."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from workflows.common import revision
from workflows.common.paths import ROOT


def test_a_copy_without_git_knows_its_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revision, "ROOT", tmp_path)
    assert revision.revision() == revision.Revision(commit=None, edited=False)
    carried = revision.Revision(commit="c0ffee", edited=True)
    (tmp_path / revision.CARRIED).write_text(carried.model_dump_json())
    assert revision.revision() == carried


def test_one_version_everywhere() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["version"] == revision.VERSION
    assert f"\nversion: {revision.VERSION}\n" in (ROOT / "CITATION.cff").read_text()
