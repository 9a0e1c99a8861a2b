"""Which costs are measured where, with which runs, in which order."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import yaml

from workflows.common.errors import UserError
from workflows.common.paths import ROOT
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.load import load
from workflows.studies.costs.plan import AGAIN, TRACED, Measurement, measurements

CATALOGUE = Catalogue.read()
DEFAULT: dict[str, Any] = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
DRIVES = {"cpu": ["cpu"], "cuda": ["cpu", "cuda"]}


def planned(**changes: Any) -> list[Measurement]:
    return measurements(load({**DEFAULT, **changes}, CATALOGUE), CATALOGUE, DRIVES)


def test_nothing_is_measured_unless_asked() -> None:
    assert planned() == []


def test_the_first_environment_that_drives_each_device() -> None:
    found = planned(costs={"toy": {}, "cifar10": {"steps": 300}})
    expected = ["cpu/cpu/toy", "cpu/cpu/cifar10", "cuda/cuda/toy", "cuda/cuda/cifar10"]
    assert [measurement.path for measurement in found] == expected
    found = planned(costs={"toy": {}}, environments=["cuda", "cpu"])
    assert [measurement.path for measurement in found] == ["cuda/cpu/toy", "cuda/cuda/toy"]


def test_steps_and_options_of_the_costs_then_of_the_benchmark_then_its_own() -> None:
    benchmarks = {"toy": {"steps": 200}, "cifar10": {"options": {"workers": 0}}}
    for costs, steps, options in (
        ({"toy": {}}, 200, {}),
        ({"toy": {"steps": 50}}, 50, {}),
        ({"cifar10": {}}, 25_000, {"workers": 0}),
        ({"cifar10": {"options": {"workers": 1}}}, 25_000, {"workers": 1}),
    ):
        arms = planned(costs=costs, benchmarks=benchmarks)[0].arms
        assert {run.steps for run in arms.values()} == {steps}
        assert all(run.options.items() >= options.items() for run in arms.values())


def test_the_reference_comes_first_also_when_it_is_not_named() -> None:
    arms = planned(costs={"toy": {}}, configurations=["strict", {"mine": ["torch-seed"]}])[0].arms
    assert list(arms) == ["unseeded", "strict", "mine", AGAIN, TRACED]
    assert arms["unseeded"].settings == [] and arms["mine"].settings == ["torch-seed"]
    assert arms[AGAIN] == arms["unseeded"], "the control is the very same run"
    assert [name for name, run in arms.items() if run.traced] == [TRACED]
    traced = arms[TRACED].model_copy(update={"traced": False})
    assert traced == arms["unseeded"], "nothing but the tracer differs"


def test_no_tracing_row_where_traced_steps_end_too_early() -> None:
    on_cuda = planned(costs={"toy": {}})[1]
    assert on_cuda.device == "cuda" and TRACED not in on_cuda.arms


def test_every_round_holds_every_arm_once_in_an_order_of_its_own() -> None:
    [measurement, _] = planned(costs={"toy": {"rounds": 200}})
    orders = [measurement.order(number) for number in range(measurement.rounds)]
    assert all(sorted(order) == sorted(measurement.arms) for order in orders)
    assert orders == [measurement.order(number) for number in range(measurement.rounds)]
    first = Counter(order[0] for order in orders)
    before = Counter(order.index("strict") < order.index("unseeded") for order in orders)
    assert set(first) == set(measurement.arms) and max(first.values()) < 60
    assert 70 < before[True] < 130, "neither side of a pair comes first more often"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"tyo": {}}, r"costs = 'tyo': expected one of .*did you mean toy"),
    (
        {"toy": {"round": 8}},
        r"costs.toy.round: unknown key \(did you mean rounds\?\); allowed: ste",
    ),
    ({"toy": {"rounds": 5}}, r"costs.toy.rounds = 5: expected greater than or equal to 6"),
    ({"toy": {"steps": 1}}, r"costs.toy.steps = 1: expected greater than or equal to 2"),
    ({"cifar10": {"options": {"worker": 1}}}, r"costs.cifar10.options.worker: unknown option"),
    ({"cifar10": {"options": {"workers": "1"}}}, r"costs.cifar10.options.workers = '1': expected"),
]


@pytest.mark.parametrize(("costs", "message"), WRONG, ids=[str(w) for w, _ in WRONG])
def test_wrong_values_are_refused_in_one_line(costs: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        planned(costs=costs)
    assert str(caught.value).startswith("config: ") and "\n" not in str(caught.value)
