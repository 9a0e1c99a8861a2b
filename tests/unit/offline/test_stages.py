"""Stages of an experiment on another machine: they grow, and the last is all of it."""

from __future__ import annotations

import yaml

from workflows.common.paths import ROOT
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.load import load
from workflows.offline import pack
from workflows.offline.stages import stages
from workflows.studies.ablation.plan import planned

CATALOGUE = Catalogue.read()
WHOLE = yaml.safe_load((ROOT / "config" / "gpu.yaml").read_text())
# With no variation every benchmark can stand alone.
GPU = {name: value for name, value in WHOLE.items() if name not in ("variations", "vary")}
STAGES = ["toy", "cifar10", "resnet18", "all"]


def test_stages_grow_and_the_last_is_the_experiment() -> None:
    experiment = load(GPU, CATALOGUE)
    found = list(stages(experiment, CATALOGUE))
    assert [name for name, _ in found] == STAGES
    assert [list(stage.benchmarks) for _, stage in found[:2]] == [["toy"], ["toy", "cifar10"]]
    assert [bool(stage.probes) for _, stage in found] == [False, False, False, True]
    assert all(set(stage.ablation) == {"toy", "cifar10"} for _, stage in found)
    assert found[-1][1] == experiment
    one = load({**GPU, "benchmarks": {"toy": {}}, "repeats": {"toy": 2}, "probes": []}, CATALOGUE)
    assert [name for name, _ in stages(one, CATALOGUE)] == ["all"]


def test_no_stage_changes_the_ablations_of_another() -> None:
    config = {**GPU, "ablation": {"cifar10": {"start": "cudnn"}}}
    found = [stage for _, stage in stages(load(config, CATALOGUE), CATALOGUE)]
    asked = [planned(stage, CATALOGUE, {}) for stage in found]
    assert asked[0] == asked[1] == asked[2] == asked[3]
    assert asked[0][0].steps == 25_000 and asked[0][0].options["memory"]


def test_a_stage_that_cannot_stand_alone_is_left_to_the_next() -> None:
    config = {**GPU, "variations": ["baseline", {"mine": {"options": {"workers": 4}}}]}
    found = list(stages(load(config, CATALOGUE), CATALOGUE))
    assert [name for name, _ in found] == STAGES[1:]
    found = list(stages(load(WHOLE, CATALOGUE), CATALOGUE))
    assert [name for name, _ in found] == STAGES[2:], "as config/gpu.yaml says"


def test_the_gpu_experiment_is_the_articles_scale_on_the_gpu_alone() -> None:
    experiment = load(WHOLE, CATALOGUE)
    assert experiment.engine == "host" and experiment.devices == ["cuda"]
    assert experiment.benchmarks["cifar10"].steps == 25_000
    assert pack.datasets(experiment, CATALOGUE) == ["cifar10"]
