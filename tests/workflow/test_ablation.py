"""Ablations of real runs: what the fewest settings are is known beforehand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.images import image
from tests.support.waiting import until
from tests.workflow.project import Project
from workflows.runs.launch import NVIDIA
from workflows.studies.ablation.result import Ablation

pytestmark = pytest.mark.late

# Its data are fixed, so that no seed is needed; the threads add to the rows in no fixed order.
# Three steps of two runs agreed by chance in one pair of twelve: twenty leave less to chance.
INDEXED = '''"""The backward of indexing with a list."""
import torch
from benchmarks.contract import Start, Step

STEPS = 20
OPTIONS = {}
DATA = None
PUBLISHED = None


def train(device, steps, data):
    source = torch.Generator().manual_seed(1)
    index = torch.randint(16, (400_000,), generator=source)
    factors = torch.rand(400_000, generator=source)
    w = torch.ones(16, requires_grad=True)
    yield Start({"w": w})
    for t in range(steps):
        w.grad = None
        loss = (w[index] * factors).sum()
        loss.backward()
        with torch.no_grad():
            w -= 1e-6 * w.grad
        yield Step((), loss)
'''
SEEDS = ["torch-seed", "hash-seed", "tf32-off"]
ORDERS = ["deterministic-algorithms", "memory-fill", "one-thread", "tf32-off"]
"""What each needs, something that does nothing here, and something that cannot act."""


@pytest.fixture(scope="module")
def ablated(tmp_path_factory: pytest.TempPathFactory, torch_python: Path) -> Project:
    """A project with the ablations of the toy and of list indexing on two threads."""
    project = Project.copy(
        tmp_path_factory.mktemp("ablation"),
        configurations=[{"seeds": SEEDS}, {"orders": ORDERS}],
        ablation={
            "toy": {"start": "seeds", "steps": 50, "repeats": 2, "verify": 3},
            "indexed": {"start": "orders", "threads": 2, "repeats": 3, "verify": 5},
        },
    )
    (project.folder / "benchmarks" / "indexed.py").write_text(INDEXED)
    done = project.snakemake("ablations")
    assert done.returncode == 0, done.stderr
    return project


def result(project: Project, benchmark: str) -> Ablation:
    return Ablation.load(project.folder / "results/ablations/cpu/cpu" / f"{benchmark}.json")


def test_the_toy_needs_its_seed_alone(ablated: Project) -> None:
    found = result(ablated, "toy")
    assert [way.settings for way in found.smallest] == [["torch-seed"]]
    assert (found.larger, found.method, found.complete) == ([], "exact", True)
    answers = {each.setting: each.answer for each in found.settings}
    assert answers.pop("torch-seed") == "needed, sufficient alone"
    assert set(answers.values()) == {"no effect here", "no meaning on cpu"}
    [without] = [e for e in found.settings if e.setting == "torch-seed"]
    assert str(without.first_difference_without) == "initial weights (0.weight)"


def test_list_indexing_needs_deterministic_algorithms_or_one_thread(ablated: Project) -> None:
    found = result(ablated, "indexed")
    ways = [way.settings for way in found.smallest]
    assert ways == [["deterministic-algorithms"], ["one-thread"]]
    assert (found.larger, found.method, found.complete) == ([], "exact", True)
    answers = {each.setting: each.answer for each in found.settings}
    assert answers.pop("deterministic-algorithms") == "sufficient alone"
    assert answers.pop("one-thread") == "sufficient alone"
    assert answers["memory-fill"] == "no effect here", "its own setting, and not what helps"
    assert set(answers.values()) == {"no effect here", "no meaning on cpu"}


def test_a_changed_search_judges_again_without_a_run(ablated: Project) -> None:
    folder = ablated.folder / "results/ablations/cpu/cpu"
    records = {path: path.stat().st_mtime_ns for path in folder.glob("*/*/*.json")}
    before = result(ablated, "toy")
    ablated.edit("workflows/studies/ablation/search.py", "def search(", "def search (")
    target = "results/ablations/cpu/cpu/toy.json"
    assert target in ablated.planned("ablations")
    assert ablated.snakemake(target).returncode == 0
    assert result(ablated, "toy") == before
    assert {path: path.stat().st_mtime_ns for path in folder.glob("*/*/*.json")} == records
    ablated.edit("benchmarks/settings.py", "torch.manual_seed(seed)", "torch.manual_seed(seed + 0)")
    assert target in ablated.planned("ablations"), "another setting, another ablation"


def test_an_interrupted_ablation_goes_on_where_it_stopped(
    tmp_path: Path, torch_python: Path
) -> None:
    few = {"few": ["torch-seed", "hash-seed"]}
    choice = {"steps": 20, "start": "few", "repeats": 2, "verify": 2}
    project = Project.copy(tmp_path, configurations=[few], ablation={"toy": choice})
    target = "results/ablations/cpu/cpu/toy.json"
    folder = tmp_path / target.removesuffix(".json")
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            project.command(target), cwd=tmp_path, env=project.environment(), stderr=log,
            stdout=log, start_new_session=True,
        )  # fmt: skip
        until("three records", lambda: len(list(folder.glob("*/*.json"))) >= 3)
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(120)
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("*/*.json")}
    assert len(kept) >= 3 and not (tmp_path / target).exists()
    project.snakemake("--unlock")
    assert project.snakemake(target).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert [way.settings for way in result(project, "toy").smallest] == [["torch-seed"]]


def test_without_a_driver_the_result_says_so(tmp_path: Path) -> None:
    if any(Path(path).exists() for path in NVIDIA):
        pytest.skip("needs a machine without an NVIDIA driver")
    image(engine="host", pinned=False).save(tmp_path / "cpu.json")  # nothing is run in it
    plan = {
        "environment": "cpu", "device": "cuda", "benchmark": "toy", "seed": 3, "steps": 5,
        "options": {}, "threads": 1, "repeats": 2, "verify": 2, "start": "seeded",
        "settings": ["torch-seed"],
    }  # fmt: skip
    output = tmp_path / "toy.json"
    command = [sys.executable, "-m", "workflows.studies.ablation.run", "--plan", json.dumps(plan)]
    command += ["--image", str(tmp_path / "cpu.json"), "--output", str(output)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = Ablation.load(output)
    assert (found.status, found.reason) == (
        "not-run",
        "not-run: no NVIDIA driver on this machine",
    )
