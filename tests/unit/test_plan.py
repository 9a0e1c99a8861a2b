"""The plan: every combination, its runs, and what is left out with its reason."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import yaml

from workflows import environments
from workflows.catalogue import Catalogue
from workflows.errors import UserError
from workflows.experiment import load
from workflows.places import ROOT
from workflows.plan import Plan, make

CATALOGUE = Catalogue.read()


def plan(**changes: Any) -> Plan:
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    return make(load({**config, **changes}, CATALOGUE), CATALOGUE, environments.devices())


def test_default_experiment() -> None:
    default = plan()
    # cpu on cpu, cuda on cpu, cuda on cuda; 6 configurations; 5 toy and 3 CIFAR-10 runs each
    assert len(default.runs) == 3 * 6 * (5 + 3)
    assert len({run.combination for run in default.runs}) == 3 * 6 * 2
    assert len({run.path for run in default.runs}) == len(default.runs)
    assert default.left_out == ["environment cpu on cuda: built without cuda"]
    first = default.runs[0]
    assert first.path == "cpu/cpu/toy/unseeded/baseline/0"
    assert (first.seed, first.steps, first.options, first.threads) == (3, 1000, {}, 1)


def test_configurations_are_sets_of_settings() -> None:
    settings = {run.configuration: run.settings for run in plan().runs}
    assert settings["unseeded"] == []
    assert settings["seeded"] == ["torch-seed"]
    nested = [set(settings[name]) for name in CATALOGUE.configurations]
    assert all(a < b for a, b in pairwise(nested)), "each adds to the last"


def test_default_steps_are_the_articles() -> None:
    runs = plan(benchmarks={"cifar10": {}}, repeats={"cifar10": 2}).runs
    assert {run.steps for run in runs} == {25_000}


def test_variations_change_one_thing() -> None:
    changed = plan(
        variations=["baseline", "threads-2", "workers-0", {"more": {"settings": ["hash-seed"]}}]
    )
    by_name: dict[str, Any] = {}
    for run in changed.runs:
        if (run.benchmark, run.configuration) == ("cifar10", "seeded"):
            by_name[run.variation] = run
    assert by_name["threads-2"].threads == 2
    assert by_name["workers-0"].options == {"workers": 0}
    assert by_name["more"].settings == ["torch-seed", "hash-seed"]
    assert by_name["baseline"].options == {"workers": 2}
    assert "variation workers-0 of toy: it has no option workers" in changed.left_out


def test_a_setting_is_never_planned_twice() -> None:
    changed = plan(variations=[{"again": {"settings": ["torch-seed"]}}])
    assert all(len(run.settings) == len(set(run.settings)) for run in changed.runs)


def test_a_plan_without_runs_is_refused() -> None:
    with pytest.raises(UserError, match="nothing is left to run: environment cpu on cuda: built"):
        plan(environments=["cpu"], devices=["cuda"])
