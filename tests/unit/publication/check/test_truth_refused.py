"""A published cell that is refused: what it does with warnings only is told by its own search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support import finished
from tests.support.tampering import assert_refused, rewrite, zipped
from workflows.common.files import write_json
from workflows.compare.difference import Difference
from workflows.experiment.identity import identity
from workflows.experiment.load import load
from workflows.experiment.plan import make
from workflows.experiment.planned import Planned
from workflows.matrix.model import Matrix
from workflows.matrix.show import csv, markdown, notes
from workflows.publication.archive import write_sums
from workflows.publication.check.opened import opened
from workflows.publication.publish import publish
from workflows.runs.record import Ending, ImageUsed
from workflows.runs.without import write_without_training
from workflows.studies.ablation.result import Outcome
from workflows.studies.cures.plan import planned as searches
from workflows.studies.cures.result import Cures, Warned

CATALOGUE = finished.CATALOGUE
MINE = ["torch-seed", "deterministic-algorithms"]
SAID = "put_ does not have a deterministic implementation"
LINE = "refused by put_; with warnings only: differs, first in weights at step 3, under put_"
PLACE = Difference(phase="weights", step=3)


def campaign() -> Planned:
    """Return the plan of the finished campaign, with one configuration more, and searches."""
    configurations = ["unseeded", "seeded", "strict", {"mine": MINE}]
    more = {"configurations": configurations, "cures": {"toy": {}}}
    experiment = load(finished.CONFIG | more, CATALOGUE)
    plan = make(experiment, CATALOGUE, {})
    identities = {run.path: identity(run, CATALOGUE) for run in plan.runs}
    return Planned(
        experiment=experiment, engine="venv", why="engine venv", plan=plan, identities=identities
    )


def results(folder: Path, planned: Planned) -> Path:
    """Lay out what it leaves where `mine` is refused and differs with warnings only."""
    finished.records(folder)
    digest = finished.image().content_digest
    used = ImageUsed(engine="venv", isolation="none", content_digest=digest)
    for run in planned.plan.runs:
        if run.configuration == "mine":
            path = folder / f"runs/{run.path}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            fields = {"identity": planned.identities[run.path], "image": used}
            write_without_training(path, run, Ending("refused", SAID, []), fields)
    differs = Outcome(answer="differs", repeats=3, first_difference=PLACE)
    warned = Warned(refused=["put_"], found=differs, operators=["put_"])
    for search in searches(planned.experiment, planned.plan, CATALOGUE):
        fields = {"status": "nothing to cure"}
        if search.baseline.configuration == "mine":
            fields = {"status": "refused", "warned": warned, "runs": 3}
        common: dict[str, Any] = {
            "plan": search, "identity": search.identity(CATALOGUE), "content_digest": digest
        }  # fmt: skip
        found = Cures(**common, **fields)
        path = folder / f"cures/{search.path}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, found.model_dump(mode="json"))
    return folder


@pytest.fixture
def judged(tmp_path: Path) -> tuple[Path, Matrix]:
    """The folder of its publication, and its matrix."""
    planned = campaign()
    there = results(tmp_path / "results", planned)
    matrix = finished.judge(there, planned)
    publish(there, tmp_path / "publication", "whole", None)
    return tmp_path / "publication", matrix


def test_it_says_so_in_one_line_and_stays_refused(
    judged: tuple[Path, Matrix], tmp_path: Path
) -> None:
    folder, matrix = judged
    cells = {cell.configuration: cell for cell in matrix.cells}
    assert (cells["mine"].verdict, cells["mine"].notes) == ("refused", [LINE])
    assert cells["unseeded"].verdict == "differs" and not any(
        "warnings" in note for name in ("unseeded", "strict") for note in cells[name].notes
    ), "control"
    assert [line for line in notes(matrix) if "warnings only" in line] == [
        f"{LINE} (toy, mine, cpu on cpu)"
    ]
    assert LINE in markdown(matrix) and LINE in csv(matrix)
    publication = opened(zipped(folder), tmp_path / "opened", None)
    assert publication.matrix.cells == matrix.cells, "made again from its records and searches"


def test_a_line_that_its_search_does_not_say(judged: tuple[Path, Matrix], tmp_path: Path) -> None:
    folder, _ = judged

    def forge(matrix: dict) -> None:  # type: ignore[type-arg]
        cell = next(c for c in matrix["cells"] if c["configuration"] == "mine")
        cell["notes"] = ["refused by put_; with warnings only: 3 of 3 identical"]

    rewrite(folder / "matrix.json", forge)
    write_sums(folder)
    assert_refused(zipped(folder), tmp_path, "toy/mine/baseline]: notes")
