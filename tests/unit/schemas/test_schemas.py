"""The schema files are what the models say; one that is not is named, and written again."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import jsonschema
import pytest

from tests.support.schemas import schema
from workflows.common.paths import ROOT
from workflows.schemas.__main__ import SCHEMAS, main, stale

RECORD = "workflows/schemas/run-record.json"


def call(monkeypatch: pytest.MonkeyPatch, root: Path, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["schemas", *words])
    return main(root)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder that holds a copy of the schema files."""
    for file in SCHEMAS:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def test_the_files_are_what_the_models_say() -> None:
    assert not stale(), "run: make schemas"


def test_every_schema_file_has_a_model_and_is_a_schema() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("workflows/schemas/*.json")}
    assert files | {"config/schema.json"} == set(SCHEMAS)
    for file in files:
        jsonschema.Draft202012Validator.check_schema(schema(Path(file).stem))


def test_control_nothing_is_said_of_files_in_order(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, copy, "--check") == call(monkeypatch, copy) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("fault", ["edited", "missing"])
def test_a_stale_file_is_named_and_then_written_again(
    fault: str, copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = copy / RECORD
    if fault == "edited":
        path.write_text(path.read_text().replace('"not-run"', '"not-made"'))
    else:
        path.unlink()
    before = path.read_bytes() if path.exists() else None
    assert call(monkeypatch, copy, "--check") == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{RECORD}: is not what its model says; write it again: make schemas"
    ]
    assert (path.read_bytes() if path.exists() else None) == before
    assert call(monkeypatch, copy) == 0 and not stale(copy)
    assert path.read_bytes() == (ROOT / RECORD).read_bytes()
