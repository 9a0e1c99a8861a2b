"""Many machines in one matrix: equal bits share a letter, planted ones part."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import finished
from workflows.common.errors import UserError
from workflows.common.files import write_json
from workflows.common.paths import ROOT
from workflows.publication.manifest import Traces
from workflows.publication.merge.merged import merge
from workflows.publication.merge.model import Merged, Table
from workflows.publication.merge.page import page
from workflows.publication.merge.sources import Source, read_all
from workflows.publication.merge.surroundings import PROGRAM
from workflows.publication.merge.text import render
from workflows.publication.publish import publish

SEEDED = "cpu/cpu/toy/seeded/baseline"
EMULATED = {"emulator": "QEMU", "emulated": None, "brand": "Haswell", "flags": ""}


def elsewhere(
    folder: Path, model: str, *planted: str, traces: Traces = "whole", **processor: Any
) -> Path:
    """Publish the same campaign as if of another processor, with one bit changed in some runs."""
    results = finished.records(folder / "results")
    for path in (results / "runs").rglob("*.json"):
        record = json.loads(path.read_text())
        if record["held"]:  # a run that could not be has none
            record["held"]["processor"] |= {"model": model, **processor}
            write_json(path, record)
    for run in planted:
        finished.plant(results, run, 60, 2)
    finished.judge(results)
    publish(results, folder / "publication", traces, None)
    return folder / "publication.zip"


def program(source: Source, files: dict[str, str]) -> None:
    """Put a command's program beside what a source published."""
    path = source.publication.folder / "commands" / "toy.zip"
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)


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
    assert [machine.simulated for machine in found.machines] == [False, False]
    table = baseline(found)
    assert (table.agree, table.part) == (["seeded", "strict"], [])
    letters = [e.letters for e in table.entries if e.configuration == "seeded"]
    assert letters == [["A"], ["A"]]
    assert found.conclusion[:2] == [
        "2 machines.",
        "The same bits on both: seeded and strict, in toy (100 steps on cpu).",
    ]


def test_two_versions_of_the_fingerprint_are_not_merged(tmp_path: Path) -> None:
    folders = [elsewhere(tmp_path / name, name) for name in ("Intel", "AMD")]
    sources = read_all([str(folder) for folder in folders], tmp_path / "sources", None)
    merge(sources)  # control: of one version they are
    records = sources[1].publication.records
    for path, record in records.items():
        trace = record.trace.model_copy(update={"fingerprint": 2})
        records[path] = record.model_copy(update={"trace": trace})
    with pytest.raises(UserError, match=r"toy: .*'Intel, AVX512' by version 1, 'AMD, AVX512' by"):
        merge(sources)


def test_machines_that_part(tmp_path: Path) -> None:
    planted = [f"{SEEDED}/{repeat}" for repeat in range(3)]
    here, there = elsewhere(tmp_path / "a", "Intel"), elsewhere(tmp_path / "b", "AMD", *planted)
    found = merged(tmp_path, str(here), str(there))
    assert (baseline(found).agree, baseline(found).part) == (["strict"], ["seeded"])
    assert "Identical on each, but not across them: seeded, in toy" in found.conclusion[2]
    assert "part: 2 outcomes on 2 machines" in render(found, "github")
    assert '<td class="alone"><span aria-hidden="true">=</span> identical <b>B' in page(found)
    assert page(found).count('<td class="identical">') == 2  # strict alone: no letter is shared


def test_what_else_differs_stands_below_each_table(tmp_path: Path) -> None:
    here, there = elsewhere(tmp_path / "a", "Intel"), elsewhere(tmp_path / "b", "AMD")
    sources = read_all([str(here), str(there)], tmp_path / "sources", None)
    pair = "Intel, AVX512 against AMD, AVX512"
    first, *others = baseline(merge(sources)).beside[pair]
    assert first == "processor: Intel against AMD", "under each of them"
    assert all(line.endswith(" (under unseeded)") for line in others), "control"
    held = sources[1].publication.records[f"{SEEDED}/0"].held
    assert held is not None
    held.variables["OMP_NUM_THREADS"] = "7|<b>"
    found = merge(sources)
    last = baseline(found).beside[pair][-1]
    assert last.startswith("OMP_NUM_THREADS: ") and last.endswith(" against 7??b? (under seeded)")
    said = "what else differs, Intel, AVX512 against AMD, AVX512: processor: Intel against AMD"
    assert said in render(found, "github") and said in page(found)


def test_a_machine_that_does_not_repeat_is_no_part_of_an_agreement(tmp_path: Path) -> None:
    here = elsewhere(tmp_path / "a", "Intel")
    there = elsewhere(tmp_path / "b", "AMD", f"{SEEDED}/1")
    found = merged(tmp_path, str(here), str(there))
    assert (baseline(found).agree, baseline(found).part) == (["strict"], [])
    assert "not identical on each" in render(found, "github")


def test_other_questions_are_no_disagreement(tmp_path: Path) -> None:
    here = elsewhere(tmp_path / "a", "Intel")
    there = elsewhere(tmp_path / "b", "AMD", f"{SEEDED}/0")
    sources = read_all([str(here), str(there)], tmp_path / "sources", None)
    for record in sources[1].publication.records.values():
        record.run.__dict__["seed"] = 99
    table = baseline(merge(sources))
    assert (table.agree, table.part, table.other) == ([], [], ["strict"])


@pytest.mark.parametrize("planted", [[], [f"{SEEDED}/{repeat}" for repeat in range(3)]])
def test_commands_are_compared_where_their_programs_are_equal(
    planted: list[str], tmp_path: Path
) -> None:
    here, there = elsewhere(tmp_path / "a", "Intel"), elsewhere(tmp_path / "b", "AMD", *planted)
    sources = read_all([str(here), str(there)], tmp_path / "sources", None)
    for source in sources:
        program(source, {"toy.py": "COMMAND = ['python', 'train.py']", "toy/train.py": "lr = 1"})
    table = baseline(merge(sources))
    assert not table.other and table.agree == (["strict"] if planted else ["seeded", "strict"])
    assert table.part == (["seeded"] if planted else [])
    assert not any("program" in line for lines in table.beside.values() for line in lines)
    program(sources[1], {"toy.py": "COMMAND = ['python', 'train.py']", "toy/train.py": "lr = 2"})
    merged = merge(sources)
    table = baseline(merged)
    assert (table.agree, table.part, table.other) == ([], [], ["seeded", "strict"])
    assert all(lines[0] == PROGRAM for lines in table.beside.values())
    assert "not asked the same" in render(merged, "github")
    sources[1].publication.folder.joinpath("commands/toy.zip").unlink()
    assert baseline(merge(sources)).other == ["seeded", "strict"], "its program is not told"


def test_a_longer_run_is_another_than_its_beginning(tmp_path: Path) -> None:
    """A program ends when it ends: after 100 steps here, after 50 there, both asked for 100."""
    here, there = elsewhere(tmp_path / "a", "Intel"), elsewhere(tmp_path / "b", "AMD")
    sources = read_all([str(here), str(there)], tmp_path / "sources", None)
    assert "seeded" in baseline(merge(sources)).agree, "control"
    ours = sources[1].publication
    run = ours.reference(f"{SEEDED}/0").run.rows(slice(50))
    np.savez(
        ours.folder / "traces" / "short.npz",
        **{name: getattr(run, name) for name in ("initial", "steps", "losses")},
    )
    for path in [path for path in ours.records if path.startswith(SEEDED)]:
        trace = ours.records[path].trace.model_copy(update={"steps": 50, "sha256": "short"})
        ours.records[path] = ours.records[path].model_copy(update={"trace": trace})
    table = baseline(merge(sources))
    assert (table.agree, table.part) == (["strict"], ["seeded"])


def test_other_software_is_named(tmp_path: Path) -> None:
    here, there = elsewhere(tmp_path / "a", "Intel"), elsewhere(tmp_path / "b", "AMD")
    sources = read_all([str(here), str(there)], tmp_path / "sources", None)
    assert not any("torch" in sentence for sentence in merge(sources).conclusion)
    sources[1].publication.matrix.images["cpu"].packages["torch"] = "2.11.0"
    assert "(torch 2.13.0+cpu and 2.11.0)" in merge(sources).conclusion[-1]


@pytest.mark.parametrize("name", ["", "my laptop="])
def test_a_simulated_machine_cannot_pass_for_a_real_one(name: str, tmp_path: Path) -> None:
    here = elsewhere(tmp_path / "a", "Intel")
    there = elsewhere(tmp_path / "b", "QEMU Haswell", traces="brief", **EMULATED)
    found = merged(tmp_path, str(here), f"{name}{there}")
    called = f"{name[:-1] or 'Haswell, AVX512'} (simulated by QEMU)"
    assert [machine.simulated for machine in found.machines] == [False, True]
    assert found.machines[1].name == called
    assert found.conclusion[0] == "2 machines, 1 of them simulated by QEMU."
    assert called in {entry.machine for entry in baseline(found).entries}
    assert f'<th scope="row" class="long">{called}</th>' in page(found)


def test_results_of_ones_own_and_names_that_are_taken(tmp_path: Path) -> None:
    elsewhere(tmp_path / "a", "Intel", seconds_apart=1)
    elsewhere(tmp_path / "b", "Intel", seconds_apart=2)
    found = merged(tmp_path, str(tmp_path / "a" / "results"), str(tmp_path / "b" / "results"))
    assert [m.name for m in found.machines] == ["Intel, AVX512", "Intel, AVX512 (2)"]


def test_a_strangers_words_are_plain(tmp_path: Path) -> None:
    here = elsewhere(tmp_path / "a", "Intel")
    there = elsewhere(tmp_path / "b", "<b>|[x](y)\x1b[2J " + "long " * 99)
    found = merged(tmp_path, str(here), str(there))
    name = found.machines[1].name
    assert name.startswith("?b???x?(y)??2J long") and len(name) <= 120
    assert "<b>|" not in page(found)


def test_the_command(tmp_path: Path) -> None:
    here, there = elsewhere(tmp_path / "a", "Intel"), elsewhere(tmp_path / "b", "AMD")
    output = tmp_path / "merged"
    base = [sys.executable, "-m", "workflows.publication.merge", "--output", str(output)]
    done = subprocess.run(
        [*base, f"one={here}", f"two={there}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "The same bits on both: seeded and strict" in done.stdout
    assert Merged.model_validate_json((output / "merged.json").read_bytes())
    assert "| one" in (output / "merged.md").read_text()
    assert sorted(path.name for path in output.iterdir()) == [
        "merged.html", "merged.json", "merged.md",
    ]  # fmt: skip
    done = subprocess.run(base, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "error: nothing to merge" in done.stderr
