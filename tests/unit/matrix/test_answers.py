"""Ablations and costs count only for the plan, the code and the image that they answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.answers import CATALOGUE, EXPERIMENT, IMAGES, PLANNED, ablation, costs, cures
from workflows.common.files import write_json
from workflows.matrix import answers
from workflows.studies.ablation.result import Ablation
from workflows.studies.costs.result import Costs


def ablations_of(folder: Path, found: Ablation, unusable: dict[str, str]) -> list[Ablation]:
    write_json(folder / "ablations/cpu/cpu/toy.json", found.model_dump(mode="json"))
    return answers.ablations(EXPERIMENT, CATALOGUE, folder, IMAGES, unusable)


def costs_of(folder: Path, found: Costs, unusable: dict[str, str]) -> list[Costs]:
    write_json(folder / "costs/cpu/cpu/toy.json", found.model_dump(mode="json"))
    return answers.costs(EXPERIMENT, CATALOGUE, folder, IMAGES, unusable)


def test_answers_to_the_plan_count(tmp_path: Path) -> None:
    unusable: dict[str, str] = {}
    assert ablations_of(tmp_path, ablation(), unusable) == [ablation()]
    assert costs_of(tmp_path, costs(), unusable) == [costs()]
    assert unusable == {}


@pytest.mark.parametrize("what", ["identity", "content_digest", "plan"])
def test_an_ablation_of_other_plan_code_or_image_is_left_out(tmp_path: Path, what: str) -> None:
    other = ablation().plan.model_copy(update={"steps": 10}) if what == "plan" else "0" * 64
    unusable: dict[str, str] = {}
    assert ablations_of(tmp_path, ablation(**{what: other}), unusable) == []
    assert unusable == {"ablations/cpu/cpu/toy.json": answers.STALE}


@pytest.mark.parametrize("what", ["identity", "content_digest", "plan"])
def test_a_search_of_other_plan_code_or_image_is_left_out(tmp_path: Path, what: str) -> None:
    other = cures().plan.model_copy(update={"runs": 9}) if what == "plan" else "0" * 64
    path = "cures/cpu/cpu/toy/seeded.json"
    for found, said in ((cures(), {}), (cures(**{what: other}), {path: answers.STALE})):
        write_json(tmp_path / path, found.model_dump(mode="json"))
        unusable: dict[str, str] = {}
        there = answers.searches(PLANNED, CATALOGUE, tmp_path, IMAGES, unusable)
        assert (len(there), unusable) == (0 if said else 1, said)


def test_costs_of_another_image_or_length_are_left_out(tmp_path: Path) -> None:
    other = costs().image.model_copy(update={"content_digest": "0" * 64})
    for changed in (costs(image=other), costs(steps=10), costs(identity="0" * 64)):
        unusable: dict[str, str] = {}
        assert costs_of(tmp_path, changed, unusable) == []
        assert unusable == {"costs/cpu/cpu/toy.json": answers.STALE}


def test_what_is_damaged_is_left_out_and_named(tmp_path: Path) -> None:
    for name in ("ablations/cpu/cpu/toy.json", "costs/cpu/cpu/toy.json"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("{")
    unusable: dict[str, str] = {}
    assert answers.ablations(EXPERIMENT, CATALOGUE, tmp_path, IMAGES, unusable) == []
    assert answers.costs(EXPERIMENT, CATALOGUE, tmp_path, IMAGES, unusable) == []
    assert sorted(unusable) == ["ablations/cpu/cpu/toy.json", "costs/cpu/cpu/toy.json"]
    assert all("Invalid JSON" in why for why in unusable.values())
