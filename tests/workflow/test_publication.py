"""Publish, verify elsewhere, and the history, with real runs: what was published comes again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import finished
from tests.workflow.project import Project
from workflows.common.paths import cache
from workflows.common.sums import sha256
from workflows.runs.watched import PHASES

pytestmark = [pytest.mark.usefixtures("cifar10_data"), pytest.mark.late]


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that has published its small experiment."""
    project = Project.copy(
        tmp_path_factory.mktemp("author"),
        benchmarks={"toy": {"steps": 100}, "cifar10": {"steps": 6}},
        configurations=["unseeded", "seeded"],
    )
    done = project.snakemake("publish", "history")
    assert done.returncode == 0, done.stderr
    assert "0 drifted, 4 new" in done.stdout
    return project


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Another folder with the same code and no results."""
    return Project.copy(tmp_path_factory.mktemp("reader"))


def verify(reader: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workflows.publication.verify", "--engine", "venv", *arguments],
        cwd=reader.folder, env={**os.environ, "REPRISE_CACHE": str(cache("x").parent)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_published_twice_is_the_same(author: Project) -> None:
    zipped = author.folder / "results" / "publication.zip"
    before = sha256(zipped)
    zipped.unlink()
    assert author.snakemake("publish").returncode == 0
    assert sha256(zipped) == before


def test_all_is_made_by_the_default_target(author: Project) -> None:
    assert author.snakemake().returncode == 0
    for name in ("report.html", "pictures/matrix.svg", "pictures/losses/toy.svg"):
        assert (author.folder / "results" / name).stat().st_size > 0


def test_snakemakes_own_report(author: Project) -> None:
    for arguments in (["--unlock"], ["--report", "own.html"]):
        command = author.command(*arguments)
        start = command.index("--cores")
        del command[start : start + 2]  # as the README gives them
        done = subprocess.run(
            command, cwd=author.folder, env=author.environment(), capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    text = (author.folder / "own.html").read_text()
    for words in ("verdicts and letters", "table of all combinations", "Losses", "cifar10.svg"):
        assert words in text


def test_verified_elsewhere(author: Project, reader: Project) -> None:
    done = verify(reader, str(author.folder / "results" / "publication.zip"))
    assert done.returncode == 0, done.stderr
    assert "cpu/cpu/toy/seeded/baseline: reproduced bit for bit (100 steps compared)" in done.stdout
    assert "cpu/cpu/cifar10/seeded/baseline: reproduced bit for bit (6 steps" in done.stdout
    assert "2 reproduced bit for bit, 2 not claimed" in done.stdout
    assert done.stdout.startswith("Yes: everything that it claims of such a machine held.")
    assert "1 of 2, " in done.stderr and "2 of 2: " in done.stderr
    page = (reader.folder / "results/verification/verification.html").read_text()
    assert "Claimed of such a machine, and reproduced bit for bit: 2" in page
    result = json.loads((reader.folder / "results/verification/verification.json").read_text())
    assert [cell["answer"] for cell in result["cells"]].count("reproduced") == 2


def test_a_planted_bit_is_found_by_the_reader(
    author: Project, reader: Project, tmp_path: Path
) -> None:
    """The author's own files were changed before they were published, sums and all."""
    forged = Project(Path(shutil.copytree(author.folder, tmp_path / "forged")), author.experiment)
    for repeat in (0, 1):
        path = f"cpu/cpu/toy/seeded/baseline/{repeat}"
        finished.plant(forged.folder / "results", path, 33, PHASES.index("gradients"))
    for module, *words in (
        ("workflows.matrix.collect", "--plan", "results/plan.json"),
        ("workflows.matrix.write_tables", "results/matrix.json"),
        ("workflows.report.page",),
        ("workflows.publication.publish",),
    ):
        done = subprocess.run(
            [sys.executable, "-m", module, *words], cwd=forged.folder, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    source = str(forged.folder / "results" / "publication.zip")
    done = verify(reader, source, "--cells", "cpu/cpu/toy/*")
    assert done.returncode == 1 and done.stdout.startswith("No: ")
    assert "toy/seeded/baseline: prints alike first at gradients at step 33" in done.stdout
    # What lies before the bit is as published.
    done = verify(reader, source, "--cells", "cpu/cpu/toy/*", "--steps", "33")
    assert done.returncode == 0 and "(33 steps compared)" in done.stdout


def test_what_cannot_be_verified(author: Project, reader: Project) -> None:
    source = str(author.folder / "results" / "publication.zip")
    done = verify(reader, source, "--cells", "*/unseeded/*")
    assert done.returncode == 4 and "not claimed: published as differs" in done.stdout
    for arguments, words in (
        (["none.zip"], "none.zip: no such file or folder"),
        ([source, "--cells", "gpu/*"], "--cells gpu/*: no cell has such a name"),
        ([source, "--steps", "0"], "--steps 0: expected a number of at least 1"),
        ([source, "--signers", "none"], "SIGNERS=none: no such file"),
        ([], "no publication is named"),
    ):
        done = verify(reader, *arguments)
        assert done.returncode == 2 and words in done.stderr
        assert done.stderr.count("\n") == 1 or "Traceback" not in done.stderr


def test_a_drift_between_two_campaigns(author: Project) -> None:
    """Another version of a package in between, and other bits: both are named."""
    history = author.folder / "results" / "history"
    [first] = history.glob("*.json")
    found = json.loads(first.read_text())
    found["started"] = "2020-01-01T00:00:00+00:00"
    found["images"]["cpu"]["packages"]["numpy"] = "1.0.0"
    found["cells"]["cpu/cpu/toy/seeded/baseline"]["outcomes"] = ["f" * 64]
    (history / "20200101T000000Z-planted.json").write_text(json.dumps(found))
    done = author.snakemake("history")
    assert "toy/seeded/baseline: drifted: identical within itself" in done.stdout
    assert "numpy 1.0.0 → 2.4.6" in done.stdout
    assert first.exists(), "nothing is taken from the history"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("traces=hole", "traces: Input should be 'whole' or 'brief', not \"hole\""),
        ("only_steps=few", "only_steps: Input should be a valid integer"),
    ],
)
def test_wrong_options(author: Project, given: str, words: str) -> None:
    done = author.snakemake("--config", given, "--", "publish")
    assert done.returncode != 0 and f"error: config: {words}" in done.stdout + done.stderr
