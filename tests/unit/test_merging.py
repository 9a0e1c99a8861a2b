"""Many machines in one matrix: equal bits share a letter, planted ones part."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import finished
from tests.tampering import flip
from workflows.errors import UserError
from workflows.files import write_json
from workflows.merging.merge import render
from workflows.merging.merged import Merged, Table, merge
from workflows.merging.sources import read_all
from workflows.places import ROOT
from workflows.publication.archive import write_sums
from workflows.publication.manifest import Traces
from workflows.publication.publish import publish

SEEDED = "cpu/cpu/toy/seeded/baseline"


def elsewhere(folder: Path, processor: str, *planted: str, traces: Traces = "whole") -> Path:
    """Publish the same campaign as if of another processor, with one bit changed in some runs."""
    results = finished.records(folder / "results")
    for path in (results / "runs").rglob("*.json"):
        record = json.loads(path.read_text())
        record["held"]["processor"]["model"] = processor
        write_json(path, record)
    for run in planted:
        finished.plant(results, run, 60, 2)
    finished.judge(results)
    publish(results, folder / "publication", traces, None)
    return folder / "publication.zip"


def merged(tmp_path: Path, *given: str) -> Merged:
    return merge(read_all([*given], tmp_path / "sources", None))


def baseline(found: Merged) -> Table:
    [table] = [table for table in found.tables if table.variation == "baseline"]
    return table


@pytest.mark.parametrize("traces", ["whole", "brief"])
def test_machines_that_agree(traces: Traces, tmp_path: Path) -> None:
    here = elsewhere(tmp_path / "a", "Intel")
    there = elsewhere(tmp_path / "b", "AMD", traces=traces)
    found = merged(tmp_path, str(here), f"my laptop={there}")
    assert [machine.name for machine in found.machines] == ["Intel, AVX512", "my laptop"]
    table = baseline(found)
    assert (table.agree, table.part) == (["seeded", "strict"], [])
    letters = [e.letters for e in table.entries if e.configuration == "seeded"]
    assert letters == [["A"], ["A"]]
    assert "machines agree: seeded, strict" in render(found, "github")


def test_machines_that_part(tmp_path: Path) -> None:
    planted = [f"{SEEDED}/{repeat}" for repeat in range(3)]
    here, there = elsewhere(tmp_path / "a", "Intel"), elsewhere(tmp_path / "b", "AMD", *planted)
    table = baseline(merged(tmp_path, str(here), str(there)))
    assert (table.agree, table.part) == (["strict"], ["seeded"])


def test_a_machine_that_does_not_repeat_is_no_part_of_an_agreement(tmp_path: Path) -> None:
    here = elsewhere(tmp_path / "a", "Intel")
    there = elsewhere(tmp_path / "b", "AMD", f"{SEEDED}/1")
    table = baseline(merged(tmp_path, str(here), str(there)))
    assert (table.agree, table.part) == (["strict"], [])


def test_other_questions_are_no_disagreement(tmp_path: Path) -> None:
    here = elsewhere(tmp_path / "a", "Intel")
    there = elsewhere(tmp_path / "b", "AMD", f"{SEEDED}/0")
    sources = read_all([str(here), str(there)], tmp_path / "sources", None)
    for record in sources[1].publication.records.values():
        record.run.__dict__["seed"] = 99
    table = baseline(merge(sources))
    assert (table.agree, table.part, table.other) == ([], [], ["strict"])


def test_an_invalid_matrix_is_not_merged(tmp_path: Path) -> None:
    path = elsewhere(tmp_path / "a", "Intel").with_suffix("")
    matrix = json.loads((path / "matrix.json").read_text())
    write_json(path / "matrix.json", {**matrix, "validity": "invalid"})
    write_sums(path)
    with pytest.raises(UserError, match="its matrix is INVALID"):
        merged(tmp_path, str(path))


def test_results_of_ones_own_and_names_that_are_taken(tmp_path: Path) -> None:
    elsewhere(tmp_path / "a", "Intel")
    results = str(tmp_path / "a" / "results")
    found = merged(tmp_path, results, results)
    assert [m.name for m in found.machines] == ["Intel, AVX512", "Intel, AVX512 (2)"]


def test_a_stranger_is_checked(tmp_path: Path) -> None:
    path = elsewhere(tmp_path / "a", "Intel")
    flip(path.with_suffix("") / "matrix.json")
    with pytest.raises(UserError, match=r"publication: matrix\.json: is not what SHA256SUMS says"):
        merged(tmp_path, str(path.with_suffix("")))
    with pytest.raises(UserError, match=r"none\.zip: REPORT=none\.zip: no such file"):
        merged(tmp_path, "x=none.zip")


def test_the_command(tmp_path: Path) -> None:
    path = elsewhere(tmp_path / "a", "Intel")
    base = [sys.executable, "-m", "workflows.merging.merge", "--output", str(tmp_path / "merged")]
    done = subprocess.run(
        [*base, f"one={path}", f"two={path}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "machines agree: seeded, strict" in done.stdout
    assert Merged.model_validate_json((tmp_path / "merged" / "merged.json").read_bytes())
    assert "| one" in (tmp_path / "merged" / "merged.md").read_text()
    done = subprocess.run(base, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "error: nothing to merge" in done.stderr
