"""The plan: every combination, its runs, and what is left out with its reason."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import yaml

from workflows.common.errors import UserError
from workflows.common.paths import ROOT
from workflows.environments import definition as environments
from workflows.experiment.catalogue import Benchmark, Catalogue, Probe, Side, Variation
from workflows.experiment.load import load
from workflows.experiment.plan import make
from workflows.experiment.planned import Plan

CATALOGUE = Catalogue.read()
DEVICES = environments.devices()


def plan(**changes: Any) -> Plan:
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    config |= {"vary": {}} if "variations" in changes else {}
    return make(load({**config, **changes}, CATALOGUE), CATALOGUE, environments.devices())


def test_default_experiment() -> None:
    default = plan()
    runs = [run for run in default.runs if run.benchmark in ("toy", "cifar10")]
    # cpu on cpu, cuda on cpu, cuda on cuda; 6 configurations; 5 toy and 3 CIFAR-10 runs each,
    # and for each benchmark the run with a flipped bit; in the first place three more of them, and
    # two of CIFAR-10 with the article's own loader
    assert len(runs) == 3 * (6 * (5 + 3) + 2) + 2 * 3 + 2
    assert len({run.combination for run in runs}) == 3 * (6 * 2 + 2) + 2 * 3 + 1
    article = next(run for run in runs if run.variation == "loader-article")
    assert article.options == CATALOGUE.benchmarks["cifar10"].options
    assert len({run.path for run in default.runs}) == len(default.runs)
    assert default.left_out == [
        "variation loader-article of toy: it has no option memory",
        "environment cpu on cuda: built without cuda",
    ]
    first = default.runs[0]
    assert first.path == "cpu/cpu/toy/unseeded/baseline/0"
    assert (first.seed, first.steps, first.options, first.threads) == (3, 1000, {}, 1)


def test_configurations_are_sets_of_settings() -> None:
    settings = {run.configuration: run.settings for run in plan().runs}
    assert settings["unseeded"] == []
    assert settings["seeded"] == ["torch-seed"]
    nested = [set(settings[name]) for name in ("unseeded", "seeded", "cudnn", "article")]
    nested += [set(settings[name]) for name in ("strict", "portable")]
    assert all(a < b for a, b in pairwise(nested)), "each adds to the last"


def test_the_two_portable_tiers_differ_in_their_caps_alone() -> None:
    avx2, sse = (set(CATALOGUE.configurations[name]) for name in ("portable", "portable-sse"))
    assert avx2 - sse == {"aten-avx2", "onednn-avx2"}
    assert sse - avx2 == {"aten-default", "onednn-sse41"}


def test_default_steps_are_the_articles() -> None:
    runs = plan(benchmarks={"cifar10": {}}, repeats={"cifar10": 2}, probes=[]).runs
    assert {run.steps for run in runs} == {25_000}


def test_variations_change_one_thing() -> None:
    changed = plan(
        variations=["baseline", "threads-2", "workers-4", {"more": {"settings": ["hash-seed"]}}]
    )
    by_name: dict[str, Any] = {}
    for run in changed.runs:
        if (run.benchmark, run.configuration) == ("cifar10", "seeded"):
            by_name[run.variation] = run
    assert by_name["threads-2"].threads == 2
    assert by_name["workers-4"].options == {**by_name["baseline"].options, "workers": 4}
    assert by_name["more"].settings == ["torch-seed", "hash-seed"]
    assert by_name["baseline"].options["workers"] == 0
    assert "variation workers-4 of toy: it has no option workers" in changed.left_out


def test_a_setting_is_never_planned_twice() -> None:
    changed = plan(variations=[{"again": {"settings": ["torch-seed"]}}])
    assert all(len(run.settings) == len(set(run.settings)) for run in changed.runs)


def test_a_plan_without_runs_is_refused() -> None:
    with pytest.raises(UserError, match="nothing is left to run: environment cpu on cuda: built"):
        plan(environments=["cpu"], devices=["cuda"])


def test_every_benchmark_has_its_negative_control() -> None:
    for changes in ({}, {"configurations": ["unseeded"]}, {"variations": ["threads-2"]}):
        changed = plan(**changes)
        runs = {run.path: run for run in changed.runs}
        for environment, device in (("cpu", "cpu"), ("cuda", "cpu"), ("cuda", "cuda")):
            found = [
                c for c in changed.controls if c.flipped.startswith(f"{environment}/{device}/")
            ]
            places = [control.flip_in for control in found if "/toy/" in control.flipped]
            more = ["buffer", "optimizer", "generator"] if environment == "cpu" else []
            assert places == [None, *more] and len(found) == 2 * len(places), "toy and CIFAR-10"
            for control in found:
                flipped, untouched = runs[control.flipped], runs[control.untouched]
                assert (flipped.flip, untouched.flip) == (control.step, None)
                assert flipped.flip_in == control.flip_in
                same = {"flip": None, "flip_in": None, "variation": untouched.variation}
                assert flipped.model_copy(update=same) == untouched, "nothing else differs"
                assert "torch-seed" in flipped.settings


@pytest.mark.parametrize("asked", [[], ["optimizer"]])
def test_an_experiment_may_ask_for_fewer_controls(asked: list[Any]) -> None:
    places = {control.flip_in for control in plan(controls=asked).controls}
    assert places == {None, *asked}


def test_a_bound_plans_the_repeats_that_it_takes() -> None:
    sure = {"toy": {"sure": 0.95, "below": 0.05}, "cifar10": 2}
    toy = [r for r in plan(repeats=sure).runs if (r.benchmark, r.configuration) == ("toy", "cudnn")]
    assert len(toy) == 3 * 59, "0.95**59 = 0.0485, 0.95**58 = 0.0510"


def test_a_shortened_variation_has_a_baseline_as_short() -> None:
    runs = plan(variations=["baseline", {"brief": {"threads": 2, "steps": 20}}]).runs
    found = {r.variation: r for r in runs if (r.benchmark, r.configuration) == ("toy", "seeded")}
    assert (found["brief"].steps, found["baseline-20"].steps, found["baseline"].steps) == (
        20,
        20,
        1000,
    )
    changes = {"variation": "brief", "threads": 2}
    assert found["baseline-20"].model_copy(update=changes) == found["brief"]


def test_variations_are_tried_where_the_experiment_says() -> None:
    vary = {"environments": ["cpu"], "configurations": ["strict"]}
    runs = plan(variations=["baseline", "threads-2"], vary=vary).runs
    where = {(r.environment, r.configuration) for r in runs if r.variation == "threads-2"}
    assert where == {("cpu", "strict")}


def test_where_variations_would_be_tried_that_is_not_in_the_experiment_is_said() -> None:
    changed = plan(environments=["cuda"], configurations=["seeded"], probes=[])
    assert {run.variation for run in changed.runs} & {"loader-article"} == set()
    for where in ("environment cpu", "configuration article"):
        assert f"variations on {where}: not in this experiment" in changed.left_out
    own = plan(engine="host")
    found = {r.environment for r in own.runs if r.variation == "loader-article"}
    assert found == {"host"}, "an engine of one environment tries them there"


def test_a_probe_is_run_on_both_sides_and_with_its_change() -> None:
    side = Side(settings=["torch-seed"], threads=2)
    probe = Probe(source="s", devices=["cpu"], unset=Side(), set=side, against=Variation(load=1))
    benchmark = Benchmark(
        file="benchmarks/toy.py", steps=4, options={}, data=None, published=None, probe=probe
    )
    catalogue = CATALOGUE.model_copy(
        update={"benchmarks": {**CATALOGUE.benchmarks, "small": benchmark}}
    )
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    changes = {"probes": ["small"], "repeats": {"toy": 2, "cifar10": 2}}
    runs = make(load({**config, **changes}, catalogue), catalogue, DEVICES).runs
    found = [r for r in runs if r.benchmark == "small" and r.environment == "cpu"]
    assert {r.device for r in found} == {"cpu"}
    sides = {
        (r.configuration, r.variation): (r.settings, r.threads, r.conditions.load) for r in found
    }
    assert sides == {
        ("unset", "baseline"): ([], 1, 0),
        ("unset", "against"): ([], 1, 1),
        ("set", "baseline"): (["torch-seed"], 2, 0),
        ("set", "against"): (["torch-seed"], 2, 1),
    }
    assert len(found) == 4 * 3, "three repeats unless the experiment says otherwise"


def test_a_variation_that_could_not_show_is_left_out() -> None:
    names = ["baseline", "persistent-workers", {"late": {"resume": 2000}}]
    changed = plan(variations=names)
    assert {run.variation for run in changed.runs} & {"persistent-workers", "late"} == set()
    text = "variation persistent-workers of cifar10: would not show in 2000 steps"
    assert text in changed.left_out
    whole = plan(variations=names, benchmarks={"cifar10": {}}, repeats={"cifar10": 2})
    assert {"persistent-workers", "late"} <= {run.variation for run in whole.runs}


def test_what_cannot_act_on_a_command_is_left_out_by_name() -> None:
    mine = Benchmark(
        file="benchmarks/commands/mine.py", steps=9, options={}, data=None, published=None,
        command=["python", "train.py"],
    )  # fmt: skip
    catalogue = CATALOGUE.model_copy(update={"benchmarks": {**CATALOGUE.benchmarks, "mine": mine}})
    config = {
        "environments": ["cpu"], "devices": ["cpu"], "benchmarks": {"mine": {}, "toy": {}},
        "configurations": ["seeded"], "repeats": {"mine": 2, "toy": 2},
        "variations": ["baseline", "threads-2", {"stop": {"resume": 5}}],
    }  # fmt: skip
    made = make(load(config, catalogue), catalogue, DEVICES)
    assert [text for text in made.left_out if "mine" in text] == [
        "variation stop of mine: it is a command, which cannot be stopped and resumed from outside",
    ]
    found = {(run.benchmark, run.variation) for run in made.runs}
    assert ("toy", "stop") in found and ("mine", "threads-2") in found, "control"
    config["benchmarks"] = {"mine": {"options": {"lr": 1}}, "toy": {}}
    with pytest.raises(
        UserError, match=r"benchmarks.mine.options.lr: unknown option; allowed: non"
    ):
        load(config, catalogue)
