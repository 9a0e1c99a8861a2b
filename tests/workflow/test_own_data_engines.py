"""One's own data in each engine: read by a benchmark and by a command, and written to by nobody."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Need
from tests.support import readers
from tests.workflow.project import Project
from workflows.data.look import look
from workflows.data.own import place

pytestmark = [pytest.mark.engine, pytest.mark.late]

RUN = "results/runs/{}/cpu/{}/seeded/baseline/0.json"
READ_ONLY = "exit code 1: OSError: [Errno 30] Read-only file system: '/data/mine/sub/numbers.txt'"
SEEN = "data mine: changed while it ran, but data are to be read alone; bring them again: "
NAMES = ("reader", "reads", "writes")


@pytest.fixture(params=["docker", "podman", "apptainer", "host"])
def project(
    request: pytest.FixtureRequest, need: Need, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Project]:
    """A benchmark and two commands that read the same data, in each engine that works here."""
    engine = request.param
    if engine == "host" and "REPRISE_PYTHON" not in os.environ:
        python = request.getfixturevalue("torch_python")
        monkeypatch.setenv("REPRISE_PYTHON", str(python))
    need(engine)
    made = Project.copy(
        open_folder / "project", engine=engine, configurations=["seeded"],
        environments=["host" if engine == "host" else "cpu"],
        benchmarks={name: {} for name in NAMES}, repeats=dict.fromkeys(NAMES, 2),
    )  # fmt: skip
    readers.write(made.folder, open_folder / "mine")
    readers.write_command(made.folder, "reads")
    readers.write_command(made.folder, "writes", readers.WRITES)
    (open_folder / "mine" / "engine").write_text(engine)  # a copy in the cache of its own
    digest = look(open_folder / "mine").sha256
    made.experiment["data"] = {"mine": {"path": str(open_folder / "mine"), "sha256": digest}}
    yield made
    shutil.rmtree(place("mine", digest))


def records(project: Project, *names: str) -> list[dict[str, Any]]:
    """Carry out a run of each, and return their records."""
    paths = [RUN.format(*project.experiment["environments"], name) for name in names]
    done = project.snakemake(*paths)
    assert done.returncode == 0, done.stderr
    return [json.loads((project.folder / path).read_text()) for path in paths]


def test_the_data_are_read_and_a_run_that_writes_to_them_fails(project: Project) -> None:
    said = project.experiment["data"]["mine"]
    for record in records(project, "reader", "reads"):
        assert (record["status"], record["reason"]) == ("completed", None), "control"
        assert list(record["read"]) == ["results/data/mine.json"]
    (wrote,) = records(project, "writes")
    assert wrote["status"] == "failed"
    home = place("mine", said["sha256"])
    if project.experiment["engine"] == "host":  # its user's to write: seen when it has ended
        assert wrote["reason"].startswith(SEEN)
    else:
        assert wrote["reason"] == READ_ONLY
        assert look(home / "mine").sha256 == said["sha256"]
    assert look(Path(said["path"])).sha256 == said["sha256"], "the original stays in any case"
