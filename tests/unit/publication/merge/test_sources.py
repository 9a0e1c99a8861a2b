"""What `reprise merge` refuses, each in one line that names the source and the fix."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support import finished
from tests.support.tampering import flip
from tests.unit.publication.merge.test_merged import elsewhere, merged
from workflows.common.errors import UserError
from workflows.common.files import write_json
from workflows.publication.check import unpack
from workflows.publication.publish import publish


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A publication that is in order."""
    return elsewhere(tmp_path_factory.mktemp("good"), "Intel")


def refusal(tmp_path: Path, *given: str) -> str:
    """Return the one line that a merge is refused with."""
    with pytest.raises(UserError) as told:
        merged(tmp_path, *given)
    assert "\n" not in str(told.value)
    return str(told.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["x=none.zip"], "'x=none.zip': 'none.zip': no such file or folder; reprise merge here="),
        (["none.zip"], "'none.zip': no such file or folder; reprise merge here="),
        ([""], "'': no such file or folder"),
        (["x="], "'x=': '': no such file or folder"),
        (["a/b=none.zip"], "'a/b' is no name: expected a letter or digit, then letters"),
        (["\x1b=none.zip"], "'\\x1b' is no name"),
        (["=none.zip"], "'' is no name"),
        (["x" * 62 + "=none.zip"], "61 at most"),
        (["/dev/null"], "/dev/null: neither a file nor a folder; name a publication or results"),
        ([], "1 named: a merge takes two machines at least"),
    ],
)
def test_names_and_paths(given: list[str], told: str, good: Path, tmp_path: Path) -> None:
    assert told in refusal(tmp_path, str(good), *given)


def test_one_name_for_two(good: Path, tmp_path: Path) -> None:
    told = refusal(tmp_path, f"x={good}", f"x={good}")
    assert told == "two machines are named 'x'; give each its own name"


def test_a_run_does_not_agree_with_itself(good: Path, tmp_path: Path) -> None:
    told = refusal(tmp_path, f"x={good}", f"y={good}")
    assert told.startswith(f"{good}: run cpu/cpu/toy/") and f"the very one of {good}" in told
    results = finished.records(tmp_path / "results")  # the same by way of a results folder
    finished.judge(results)
    brief = finished.publication(tmp_path / "other", "brief")
    assert "is the very one of" in refusal(tmp_path, str(results), str(brief))


def test_an_invalid_matrix(good: Path, tmp_path: Path) -> None:
    """A control whose bit was never flipped is missed by an honest campaign, too."""
    results = finished.records(tmp_path / "results")
    untouched, flipped = (
        results / f"runs/cpu/cpu/toy/strict/{name}/0.json" for name in ("baseline", "bit-flip")
    )
    shutil.copyfile(untouched.with_suffix(".npz"), flipped.with_suffix(".npz"))
    record, other = (json.loads(path.read_text()) for path in (flipped, untouched))
    write_json(flipped, {**record, "trace": other["trace"], "printed": other["printed"]})
    finished.judge(results)
    publish(results, tmp_path / "bad", "whole", None)
    path = tmp_path / "bad"
    assert f"{path}: its matrix is INVALID" in refusal(tmp_path, str(good), str(path))


def test_a_stranger_is_checked(good: Path, tmp_path: Path) -> None:
    path = elsewhere(tmp_path / "a", "AMD").with_suffix("")
    flip(path / "matrix.json")
    told = refusal(tmp_path, str(good), str(path))
    assert told.startswith(f"{path}: matrix.json: is not what SHA256SUMS says")


def test_what_is_no_zip(good: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_text("nothing")
    assert f"{path}: not a zip that can be read" in refusal(tmp_path, str(good), str(path))
    path.write_bytes(good.read_bytes()[:-999])
    assert f"{path}: not a zip that can be read" in refusal(tmp_path, str(good), str(path))


def test_what_is_too_large(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = elsewhere(tmp_path / "b", "AMD")
    monkeypatch.setattr(unpack, "ONE", 1000)
    assert "unpacks to more than 0 MiB; refused" in refusal(tmp_path, str(good), str(there))


def test_folders_without_a_matrix(good: Path, tmp_path: Path) -> None:
    empty, unfinished = tmp_path / "empty", tmp_path / "unfinished"
    empty.mkdir()
    finished.records(unfinished)
    for path in (empty, unfinished):
        told = refusal(tmp_path, str(good), str(path))
        assert told.startswith(f"{path}: holds no matrix.json: neither a publication nor")


def test_results_that_do_not_fit_together(good: Path, tmp_path: Path) -> None:
    elsewhere(tmp_path / "a", "AMD")
    results = tmp_path / "a" / "results"
    record = next((results / "runs").rglob("1.json"))
    record.write_text("{}")
    assert record.name in refusal(tmp_path, str(good), str(results))
    record.unlink()
    assert record.name in refusal(tmp_path, str(good), str(results))
    (results / "plan.json").unlink()
    assert "plan.json" in refusal(tmp_path, str(good), str(results))
