"""The forecast of an experiment: every file that its stages make, each with its seconds."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.experiment.catalogue import Catalogue
from workflows.experiment.duration import Durations
from workflows.experiment.load import load
from workflows.experiment.write_plan import make_plan
from workflows.studies.ablation.plan import planned as ablations
from workflows.studies.costs.plan import measurements
from workflows.studies.cures.plan import planned as cures
from workflows.studies.differences.plan import pairs
from workflows.studies.forecast import IDLE, Forecast, Study, forecast

EXPERIMENT: dict[str, Any] = {
    "engine": "venv", "environments": ["cpu"], "devices": ["cpu"],
    "benchmarks": {"toy": {"steps": 1000}}, "configurations": ["unseeded", "seeded", "strict"],
    "variations": ["baseline", "threads-2"], "repeats": {"toy": 2},
    "ablation": {"toy": {"start": "seeded"}}, "cures": {"toy": {"runs": 8}},
    "costs": {"toy": {"rounds": 6}},
}  # fmt: skip
RUN = 4 + 1.2


@pytest.fixture(scope="module")
def found() -> Forecast:
    catalogue = Catalogue.read()
    experiment = load(EXPERIMENT, catalogue)
    plan = make_plan(experiment, catalogue, "venv", "").plan
    devices = {"cpu": ["cpu"]}
    studies: list[Study] = [
        *ablations(experiment, catalogue, devices), *cures(experiment, plan, catalogue),
        *measurements(experiment, catalogue, devices),
    ]  # fmt: skip
    runs = {run.path: run for run in plan.runs}
    return forecast(Durations({}), runs, pairs(plan), studies)


@pytest.mark.parametrize(
    ("path", "seconds"),
    [
        ("runs/cpu/cpu/toy/seeded/baseline/1", RUN),
        ("differences/repeats/cpu/cpu/toy/unseeded/baseline", IDLE + 8),
        ("differences/repeats/cpu/cpu/toy/seeded/baseline", IDLE),
        ("differences/variation/cpu/cpu/toy/strict/bit-flip", IDLE + 8),
        ("cures/cpu/cpu/toy/unseeded", IDLE + 8 * 4),
        ("cures/cpu/cpu/toy/seeded", IDLE),
        ("cures/variation/cpu/cpu/toy/unseeded/threads-2", IDLE),
        ("cures/variation/cpu/cpu/toy/seeded/threads-2", IDLE),
        ("costs/cpu/cpu/toy", 6 * 5 * RUN),  # three configurations, the control, the traced one
        ("ablations/cpu/cpu/toy", (2 * 3 + 5) * RUN),
    ],
)
def test_each_file_has_its_seconds(found: Forecast, path: str, seconds: float) -> None:
    assert found.expected[f"results/{path}.json"] == pytest.approx(seconds)


def test_what_is_run_only_where_something_unexpected_is_seen_is_counted_beside(
    found: Forecast,
) -> None:
    cells = [f"cpu/cpu/toy/{name}" for name in ("seeded", "strict")]
    cells += [f"variation/{cell}/threads-2" for cell in cells]
    assert found.perhaps == {f"results/cures/{cell}.json": 8 for cell in cells}


def test_a_cell_has_its_repeats_and_all_is_summed(found: Forecast) -> None:
    assert found.repeats["cpu/cpu/toy/seeded/baseline"] == 2
    assert found.repeats["cpu/cpu/toy/strict/bit-flip"] == 1
    assert found.seconds == pytest.approx(sum(found.expected.values()))
