"""A benchmark whose file has a fault is out, by name; all others are planned as ever."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.common.errors import UserError
from workflows.experiment.catalogue import Benchmark, Catalogue
from workflows.experiment.check import check_options, known
from workflows.experiment.load import load
from workflows.experiment.plan import make
from workflows.experiment.resolve import LISTED, one_of
from workflows.studies.ablation.plan import planned as ablations
from workflows.studies.costs.plan import measurements

WHY = "benchmarks/bad.py:3: STEPS is missing"
PROBE = "benchmarks/probes/worse.py:1: not Python"
WHOLE = Catalogue.read()


def faulty(file: str, fault: str) -> Benchmark:
    """Return a benchmark as the catalogue lists it where its file has a fault."""
    return Benchmark(file=file, steps=1, options={}, data=None, published=None, fault=fault)


BAD = {
    "bad": faulty("benchmarks/bad.py", WHY),
    "worse": faulty("benchmarks/probes/worse.py", PROBE),
}
CATALOGUE = WHOLE.model_copy(update={"benchmarks": WHOLE.benchmarks | BAD})
CONFIG: dict[str, Any] = {
    "engine": "venv", "environments": ["cpu"], "devices": ["cpu"],
    "benchmarks": {"toy": {"steps": 9}}, "configurations": ["unseeded", "seeded"],
    "repeats": {"toy": 2}, "ablation": {"toy": {}}, "costs": {"toy": {}}, "cures": {"toy": {}},
    "probes": ["control"],
}  # fmt: skip
WITH_BAD = CONFIG | {
    "benchmarks": {"bad": {"options": {"depth": 1}}, "toy": {"steps": 9}},
    "repeats": {"bad": 2, "toy": 2},
    "ablation": {"bad": {"options": {"depth": 1}}, "toy": {}},
    "costs": {"bad": {}, "toy": {}},
    "cures": {"bad": {}, "toy": {}},
    "probes": ["control", "worse"],
}


def test_it_is_out_with_its_line_and_the_others_are_planned_as_ever() -> None:
    found = make(load(WITH_BAD, CATALOGUE), CATALOGUE, {"cpu": ["cpu"]})
    control = make(load(CONFIG, WHOLE), WHOLE, {"cpu": ["cpu"]})
    assert (found.runs, found.controls) == (control.runs, control.controls)
    assert found.left_out == [f"benchmark bad: {WHY}", f"benchmark worse: {PROBE}"]
    assert control.left_out == []


def test_no_study_is_made_of_it() -> None:
    devices = {"cpu": ["cpu"]}
    for study in (ablations, measurements):
        found = study(load(WITH_BAD, CATALOGUE), CATALOGUE, devices)
        assert found == study(load(CONFIG, WHOLE), WHOLE, devices) != []


def test_all_probes_names_those_that_cannot_be_read() -> None:
    found = make(load(CONFIG | {"probes": "all"}, CATALOGUE), CATALOGUE, {"cpu": ["cpu"]})
    assert found.left_out == [f"benchmark worse: {PROBE}"]
    assert "shuffle" in {run.benchmark for run in found.runs}


def test_one_that_no_experiment_names_is_nobodys_business() -> None:
    assert make(load(CONFIG, CATALOGUE), CATALOGUE, {"cpu": ["cpu"]}).left_out == []


def test_where_nothing_is_left_it_says_so() -> None:
    config = CONFIG | {"benchmarks": {"bad": {}}, "repeats": {"bad": 2}, "probes": []}
    config |= {"ablation": {}, "costs": {}, "cures": {}}
    with pytest.raises(UserError, match=f"config: nothing is left to run: benchmark bad: {WHY}"):
        make(load(config, CATALOGUE), CATALOGUE, {"cpu": ["cpu"]})


def test_a_variations_option_may_be_one_of_its() -> None:
    check_options("variations.deep.options", {"depth": 2}, CATALOGUE, ["toy", "bad"])
    with pytest.raises(UserError, match=r"deep\.options\.depth: unknown option"):
        check_options("variations.deep.options", {"depth": 2}, CATALOGUE, ["toy"])


def test_of_many_names_one_line_tells_a_few_and_the_nearest() -> None:
    names = [f"name-{number}" for number in range(LISTED)]
    assert one_of("x", names) == f"one of {', '.join(names)}", "control: all of a few"
    said = one_of("toyy", [*names, "toy", "train"])
    assert said == f"one of {', '.join(names)} and 2 more (did you mean toy?)"
    with pytest.raises(UserError, match=r"one of .* and \d+ more \(did you mean toy\?\)$") as error:
        known("benchmarks", "toyy", WHOLE.benchmarks)
    assert len(str(error.value)) < 300
