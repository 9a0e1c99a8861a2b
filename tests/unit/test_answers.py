"""Ablations and costs count only for the plan, the code and the image that they answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.images import image
from workflows import answers, environments
from workflows.ablation_plan import planned
from workflows.ablation_result import Ablation
from workflows.catalogue import Catalogue
from workflows.config import load
from workflows.cost_plan import measurements
from workflows.cost_results import Costs, Machine, Row
from workflows.errors import UserError
from workflows.files import write_json
from workflows.identity import identity
from workflows.records import ImageUsed

CATALOGUE = Catalogue.read()
EXPERIMENT = load(
    {
        "environments": ["cpu"], "devices": ["cpu"], "benchmarks": {"toy": {"steps": 9}},
        "configurations": ["seeded"], "repeats": {"toy": 2},
        "ablation": {"toy": {}}, "costs": {"toy": {}},
    },
    CATALOGUE,
)  # fmt: skip
IMAGES = {"cpu": image(content_digest="1" * 64)}
DIGEST = IMAGES["cpu"].content_digest


def ablation(**changes: Any) -> Ablation:
    [plan] = planned(EXPERIMENT, CATALOGUE, environments.devices())
    fields: dict[str, Any] = {
        "plan": plan, "identity": identity(plan.run(plan.settings, 0), CATALOGUE),
        "content_digest": DIGEST, "status": "done", "reason": None, "settings": [],
        "smallest": [], "larger": [], "method": "exact", "complete": True, "exception": None,
        "undecided": [], "tested": [], "runs": 0,
    }  # fmt: skip
    return Ablation(**{**fields, **changes})


def costs(**changes: Any) -> Costs:
    [plan] = measurements(EXPERIMENT, CATALOGUE, environments.devices())
    row = Row(configuration="x", verdict="not-run", words="", estimate=None, reason="no GPU")
    used = ImageUsed(engine="venv", isolation="none", content_digest=DIGEST)
    fields: dict[str, Any] = {
        "environment": "cpu", "device": "cpu", "benchmark": "toy", "steps": 9,
        "reference": next(iter(plan.arms)), "confidence": 0.95, "disturbed": None, "rows": [],
        "control": row, "tracing": row, "machine": Machine(processor="p", cores=1),
        "image": used, "identity": plan.identity(CATALOGUE), "rounds": [],
    }  # fmt: skip
    return Costs(**{**fields, **changes})


def ablations_of(folder: Path, found: Ablation) -> list[Ablation]:
    write_json(folder / "ablations/cpu/cpu/toy.json", found.model_dump(mode="json"))
    return answers.ablations(EXPERIMENT, CATALOGUE, folder, IMAGES)


def costs_of(folder: Path, found: Costs) -> list[Costs]:
    write_json(folder / "costs/cpu/cpu/toy.json", found.model_dump(mode="json"))
    return answers.costs(EXPERIMENT, CATALOGUE, folder, IMAGES)


def test_answers_to_the_plan_count(tmp_path: Path) -> None:
    assert ablations_of(tmp_path, ablation()) == [ablation()]
    assert costs_of(tmp_path, costs()) == [costs()]


@pytest.mark.parametrize("what", ["identity", "content_digest"])
def test_an_ablation_of_other_code_or_image_is_refused(tmp_path: Path, what: str) -> None:
    with pytest.raises(UserError, match=r"toy\.json: of another plan, code or image; make it"):
        ablations_of(tmp_path, ablation(**{what: "0" * 64}))


def test_an_ablation_of_another_plan_is_refused(tmp_path: Path) -> None:
    plan = ablation().plan.model_copy(update={"steps": 10})
    with pytest.raises(UserError, match="of another plan, code or image"):
        ablations_of(tmp_path, ablation(plan=plan))


def test_costs_of_another_image_or_length_are_refused(tmp_path: Path) -> None:
    other = costs().image.model_copy(update={"content_digest": "0" * 64})
    for changed in (costs(image=other), costs(steps=10), costs(identity="0" * 64)):
        with pytest.raises(UserError, match="of another plan, code or image"):
            costs_of(tmp_path, changed)
