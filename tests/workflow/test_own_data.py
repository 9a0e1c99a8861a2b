"""One's own data, from an experiment's file to a publication, in a virtual environment."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.support import readers
from tests.workflow.project import Project
from workflows.common.sums import sha256
from workflows.data.look import look

pytestmark = pytest.mark.late

SMALL = {
    "benchmarks": {"reader": {"steps": 4}},
    "configurations": ["seeded"],
    "repeats": {"reader": 2},
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the data lie: a path with a space in it."""
    return tmp_path_factory.mktemp("own") / "my data"


@pytest.fixture(scope="module")
def project(need: Need, tmp_path_factory: pytest.TempPathFactory, data: Path) -> Project:
    """A copy of the project with a benchmark that reads them."""
    need("venv")
    made = Project.copy(tmp_path_factory.mktemp("project"), **SMALL)
    readers.write(made.folder, data)
    made.experiment["data"] = {"mine": {"path": str(data), "sha256": look(data).sha256}}
    return made


def test_an_altered_byte_is_found_and_nothing_runs(project: Project, data: Path) -> None:
    numbers = data / "sub" / "numbers.txt"
    numbers.write_text("1 2 3 5\n")
    altered = look(data).sha256
    done = project.snakemake()
    numbers.write_text("1 2 3 4\n")
    assert done.returncode
    said = (project.folder / "results" / "logs" / "data" / "mine.log").read_text()
    asked = project.experiment["data"]["mine"]["sha256"]
    assert said == (
        f"error: data mine: {data} has sha256 {altered}, expected {asked}; not accepted; if it is "
        f"what you mean, after a look: sha256: {altered}\n"
    )
    assert not list(project.folder.glob("results/runs/**/*.json"))


def test_the_data_as_they_are_said_to_be_are_read(project: Project, data: Path) -> None:
    done = project.snakemake("results/publication.zip")
    assert done.returncode == 0, done.stderr
    assert project.cell("reader", "seeded")["verdict"] == "identical"
    record = json.loads(project.record("reader", "seeded").read_text())
    manifest = project.folder / "results" / "data" / "mine.json"
    assert record["read"] == {"results/data/mine.json": sha256(manifest)}
    said = project.experiment["data"]["mine"]
    said["path"] = f"{data}/"  # where they lie is no reason to run anything again
    assert project.planned_runs() == []


def test_a_publication_names_them_by_their_digest_alone(project: Project, data: Path) -> None:
    with zipfile.ZipFile(project.folder / "results" / "publication.zip") as zipped:
        contents = {name: zipped.read(name) for name in zipped.namelist()}
    manifest = next(text for name, text in contents.items() if name.endswith("data/mine.json"))
    digest = look(data).sha256
    assert json.loads(manifest) == {
        "schema_version": 1, "dataset": "mine", "sha256": digest, "files": 2, "bytes": 18,
    }  # fmt: skip
    told = [name for name, text in contents.items() if digest.encode() in text]
    assert any(name.endswith("experiment.json") for name in told)
    for name, text in contents.items():
        for secret in (readers.BESIDE, "numbers.txt", str(data)):
            assert secret.encode() not in text and secret not in name, (name, secret)


def test_other_data_run_what_reads_them_again(project: Project, data: Path) -> None:
    (data / "sub" / "numbers.txt").write_text("4 3 2 1\n")
    project.experiment["data"]["mine"]["sha256"] = look(data).sha256
    before = json.loads(project.record("reader", "seeded").read_text())
    assert "reader/seeded/0" in project.planned_runs()
    done = project.snakemake()
    assert done.returncode == 0, done.stderr
    after = json.loads(project.record("reader", "seeded").read_text())
    assert before["read"] != after["read"] and before["trace"] != after["trace"]


def test_a_run_that_writes_to_them_fails_and_the_original_stays(
    project: Project, data: Path
) -> None:
    was = look(data)
    project.experiment["benchmarks"]["reader"]["options"] = {"writes": True}
    done = project.snakemake("--keep-going")
    assert done.returncode == 1
    # The first of them is a failed run; those after it find the copy changed, and leave nothing.
    records = map(json.loads, map(Path.read_text, project.folder.glob("results/runs/**/*.json")))
    wrote = [each for each in records if each["run"]["options"]["writes"]]
    assert wrote and {each["status"] for each in wrote} == {"failed"}
    reasons = {each["reason"].partition("; ")[0] for each in wrote}
    assert reasons == {"data mine: changed while it ran, but data are to be read alone"}
    assert re.search(r"data mine: .*/mine/sub/numbers\.txt has changed since", done.stderr)
    assert look(data) == was
