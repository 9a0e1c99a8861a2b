"""What a run read is edited: exactly the runs that read it are carried out again, once."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support import own
from tests.workflow.project import Project

pytestmark = pytest.mark.late

ABLATION = "results/ablations/cpu/cpu/own.json"
BODY = (
    "from pathlib import Path",
    "here = Path(__file__).parent",
    "import helper, importlib, numpy",
    "importlib.import_module('.'.join(['benchmarks', 'computed']))",
    "open(here / 'table.csv').read()",
    "numpy.fromfile(here / 'raw.bin')",
)
READ = ("helper.py", "benchmarks/computed.py", "benchmarks/table.csv", "benchmarks/raw.bin")
FOLDER = "results/runs/cpu/cpu/{}/seeded/{}.json"
REPEATS = ("baseline/0", "baseline/1", "bit-flip/0")
RUNS = {n: [FOLDER.format(n, each) for each in REPEATS] for n in ("own", "samples", "toy")}
ALL = [*RUNS["own"], *RUNS["samples"], *RUNS["toy"], ABLATION]
"""What reads, without what is made of it."""


def runs(planned: list[str]) -> list[str]:
    """Return the runs among the outputs that Snakemake would make."""
    return [path for path in planned if path.startswith("results/runs/")]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, torch_python: Path) -> Project:
    """A project with a benchmark that reads, one whose workers do, and one that does not."""
    project = Project.copy(
        tmp_path_factory.mktemp("edited"),
        benchmarks={"toy": {"steps": 5}, "own": {"steps": 3}, "samples": {"steps": 8}},
        configurations=["seeded"],
        repeats={"toy": 2, "own": 2, "samples": 2},
        ablation={"own": {"start": "seeded", "repeats": 2, "verify": 2}},
    )
    project.own("own", "\n        ".join(BODY))
    own.write_samples(project.folder)
    for name in READ:
        (project.folder / name).write_text("X = 1\n")
    done = project.snakemake(*ALL)
    assert done.returncode == 0, done.stderr
    return project


def test_control_nothing_is_done_again_for_a_touch(finished: Project) -> None:
    for name in (*READ, "benchmarks/sample-3.txt"):
        os.utime(finished.folder / name)
    assert finished.planned(*ALL) == []


@pytest.mark.parametrize("name", [*READ, "benchmarks/sample-3.txt"])
def test_an_edit_runs_again_what_read_it(finished: Project, name: str) -> None:
    path = finished.folder / name
    text = path.read_text()
    path.write_text("X = 2\n" if "sample" not in name else "33")
    expected = RUNS["samples" if "sample" in name else "own"]
    planned = finished.planned(*ALL)
    assert runs(planned) == expected and (ABLATION in planned) == ("sample" not in name)
    path.write_text(text)  # the next test would see it, were it not as it was


def test_it_is_run_again_once_there_and_once_back(finished: Project) -> None:
    path = finished.folder / "benchmarks" / "table.csv"
    for text in ("2", "X = 1\n"):
        path.write_text(text)
        assert runs(finished.planned(*ALL)) == RUNS["own"]
        done = finished.snakemake(*ALL)
        assert done.returncode == 0, done.stderr
        assert finished.planned(*ALL) == []
        for result in (finished.record("own", "seeded"), finished.folder / ABLATION):
            kept = json.loads(result.read_text())
            assert "benchmarks/table.csv" in kept["read"] and ":" in kept["identity"]


def test_what_is_gone_is_run_again_too(finished: Project) -> None:
    path = finished.folder / "benchmarks" / "raw.bin"
    path.rename(path.with_name("elsewhere.bin"))
    assert runs(finished.planned(*ALL)) == RUNS["own"]
    path.with_name("elsewhere.bin").rename(path)
    assert finished.planned(*ALL) == []
