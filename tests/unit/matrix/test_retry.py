"""What gives no answer is forgotten, so that it is made again; answers stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.answers import ablation, costs, cures
from workflows.common.files import write_json
from workflows.common.models import Model
from workflows.compare.close_look import Closer, Rerun
from workflows.matrix.retry import forget_all, unanswered
from workflows.studies.costs.result import Costs, Row
from workflows.studies.cures.result import Warned


def table(verdict: str = "costs", *rows: str, disturbed: str | None = None) -> Costs:
    """Return a table of costs whose control and rows came out so."""

    def row(verdict: str) -> Row:
        found = {"configuration": "x", "words": "", "estimate": None, "reason": None}
        return Row.model_validate(found | {"verdict": verdict})

    return costs(control=row(verdict), rows=[row(each) for each in rows], disturbed=disturbed)


def look(outcome: str | None) -> Closer:
    """Return a close look whose second runs came out so; None: there were none."""
    rerun = Rerun.model_validate({"outcome": outcome}) if outcome else None
    return Closer(left="a", right="b", difference=None, rerun=rerun)


def warned(answer: str) -> Warned:
    """Return what runs with warnings only showed."""
    return Warned.model_validate(
        {"refused": ["put_"], "operators": [], "found": {"answer": answer, "repeats": 2}}
    )


ABLATION, COSTS = "ablations/cpu/cpu/toy.json", "costs/cpu/cpu/toy.json"
CURES = "cures/cpu/cpu/toy/seeded.json"
LETTER = "cures/variation/cpu/cpu/toy/seeded/threads-2.json"
LOOK = "differences/repeats/cpu/cpu/toy/seeded/a.json"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (CURES, cures()), (CURES, cures(status="refused", warned=warned("differs"))),
        (LETTER, cures()),
        (ABLATION, ablation()), (COSTS, table()), (COSTS, table("costs", "refused")),
        (LOOK, look(None)), (LOOK, look("not shown again")),
    ],
)  # fmt: skip
def test_control_an_answer_stays(tmp_path: Path, name: str, found: Model) -> None:
    write_json(tmp_path / name, found.model_dump(mode="json"))
    assert unanswered(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (CURES, cures(status="not-run")), (CURES, cures(warned=warned("failed"))),
        (LETTER, cures(status="not-run")),
        (ABLATION, ablation(status="stopped")), (ABLATION, ablation(undecided=[["one-thread"]])),
        (COSTS, table("not-run")), (COSTS, table("costs", "saves", "failed")),
        (COSTS, table(disturbed="itself")), (LOOK, look("not possible")),
        *((name, None) for name in (ABLATION, COSTS, LOOK)),
    ],
)  # fmt: skip
def test_what_gives_none_is_forgotten(tmp_path: Path, name: str, found: Model | None) -> None:
    write_json(tmp_path / name, found.model_dump(mode="json") if found else {"status": "done"})
    assert unanswered(tmp_path) == [tmp_path / name]


def test_a_disturbed_table_of_costs_is_measured_anew_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "costs/cpu/cpu"
    for name, disturbed in (("toy", "itself"), ("fine", None)):
        (folder / name / "0").mkdir(parents=True)
        write_json(folder / f"{name}.json", table(disturbed=disturbed).model_dump(mode="json"))
    assert forget_all(tmp_path) == "0 runs to run again, 1 answers to find"
    assert sorted(path.name for path in folder.iterdir()) == ["fine", "fine.json"]
