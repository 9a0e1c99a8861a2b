"""Data of one's own that a run reads, by the manifest beside the images."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.common.errors import UserError
from workflows.common.files import write_json
from workflows.common.sums import sha256
from workflows.data.look import look
from workflows.data.own import bring
from workflows.experiment.catalogue import Benchmark
from workflows.runs.laboratory import Laboratory
from workflows.runs.reading import Reading, reading


def benchmark(data: str | None) -> Benchmark:
    return Benchmark(file="", steps=1, options={}, data=data, published=None)


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Laboratory:
    """Results with the manifest of data that the cache holds."""
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "numbers").write_text("1 2 3\n")
    told = bring("mine", look(tmp_path / "numbers").sha256, tmp_path / "numbers")
    write_json(tmp_path / "results" / "data" / "mine.json", told.model_dump())
    return Laboratory(tmp_path / "results" / "images" / "cpu.json")


@pytest.fixture
def found(where: Laboratory) -> Reading:
    """What a benchmark that reads them is told."""
    data = reading(benchmark("mine"), where)
    assert data
    return data


def test_a_record_names_the_manifest(where: Laboratory, found: Reading) -> None:
    assert found.read == {"results/data/mine.json": sha256(where.manifest("mine"))}
    assert (found.folder / "mine" / "numbers").read_text() == "1 2 3\n"
    assert found.changed() is None


@pytest.mark.parametrize("data", [None, "cifar10"])
def test_data_sets_that_are_known_are_no_data_of_ones_own(
    where: Laboratory, data: str | None
) -> None:
    assert reading(benchmark(data), where) is None


def test_without_a_manifest_nothing_is_read(where: Laboratory) -> None:
    with pytest.raises(UserError, match=r"yours\.json: no such manifest"):
        reading(benchmark("yours"), where)


def test_what_a_run_did_to_them_is_said(found: Reading, capsys: pytest.CaptureFixture[str]) -> None:
    path = found.folder / "mine" / "numbers"
    path.chmod(0o644)
    path.write_text("1 2 4\n")
    assert found.changed() == (
        "data mine: changed while it ran, but data are to be read alone; bring them again: "
        "reprise matrix -- -f results/data/mine.json"
    ), "published, so it names no file"
    assert f"{path} has changed" in capsys.readouterr().err
    with pytest.raises(UserError, match="has changed"):
        found.check()
