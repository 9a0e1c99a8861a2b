"""The pairs of a plan: each is there once, and only runs of equal length are paired."""

from __future__ import annotations

from typing import Any

import yaml

from workflows.common.paths import ROOT
from workflows.environments import definition as environments
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.load import load
from workflows.experiment.plan import make
from workflows.experiment.planned import Plan
from workflows.studies.differences.plan import Pair, pairs

CATALOGUE = Catalogue.read()
SMALL: dict[str, Any] = {
    "environments": ["cpu", "cuda"],
    "devices": ["cpu", "cuda"],
    "benchmarks": {"toy": {"steps": 100}},
    "configurations": ["seeded"],
    "repeats": {"toy": 3},
    "vary": {},
}


def plan(**changes: Any) -> Plan:
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    return make(load({**config, **SMALL, **changes}, CATALOGUE), CATALOGUE, environments.devices())


def found(**changes: Any) -> dict[str, Pair]:
    made = pairs(plan(**changes))
    assert len({pair.name for pair in made}) == len(made)
    return {pair.name: pair for pair in made}


def test_repeats_environments_and_devices() -> None:
    made = found()
    cell = "toy/seeded/baseline"
    assert made[f"repeats/cpu/cpu/{cell}"] == Pair(
        name=f"repeats/cpu/cpu/{cell}", kind="repeats",
        left=[f"cpu/cpu/{cell}/0"], right=[f"cpu/cpu/{cell}/1", f"cpu/cpu/{cell}/2"],
    )  # fmt: skip
    other = made[f"environment/cuda/cpu/{cell}"]
    assert (other.kind, other.left, other.right) == (
        "environment", [f"cpu/cpu/{cell}/0"], [f"cuda/cpu/{cell}/0"],
    )  # fmt: skip
    device = made[f"device/cuda/cuda/{cell}"]
    assert (device.left, device.right) == ([f"cuda/cpu/{cell}/0"], [f"cuda/cuda/{cell}/0"])
    assert f"environment/cpu/cpu/{cell}" not in made and f"device/cpu/cpu/{cell}" not in made
    # No first environment has `cuda` here, so there is nothing to hold cuda on cuda against.
    assert f"environment/cuda/cuda/{cell}" not in made


def test_a_variation_is_held_against_the_baseline_of_its_own_length() -> None:
    made = found(
        variations=["baseline", "threads-2", {"short": {"steps": 30, "threads": 2}}],
        repeats={"toy": 2, "variations": 2},
    )
    full = made["variation/cpu/cpu/toy/seeded/threads-2"]
    assert full.left == ["cpu/cpu/toy/seeded/baseline/0"]
    assert full.right == ["cpu/cpu/toy/seeded/threads-2/0"]
    short = made["variation/cpu/cpu/toy/seeded/short"]
    assert short.left == ["cpu/cpu/toy/seeded/baseline-30/0"]
    assert not any(name.startswith("variation/") and "/baseline" in name for name in made)
    assert "repeats/cpu/cpu/toy/seeded/baseline-30" in made


def test_the_flipped_run_is_held_against_the_untouched_one() -> None:
    made = found()
    assert made["variation/cpu/cpu/toy/seeded/bit-flip"].left == ["cpu/cpu/toy/seeded/baseline/0"]
    alone = found(configurations=["unseeded"])
    flipped = alone["variation/cpu/cpu/toy/seeded/bit-flip"]
    assert flipped.left == ["cpu/cpu/toy/seeded/untouched/0"]


def test_places_of_other_length_are_not_paired() -> None:
    whole = plan()
    runs = [
        run.model_copy(update={"steps": 7}) if run.environment == "cuda" else run
        for run in whole.runs
    ]
    made = pairs(whole.model_copy(update={"runs": runs}))
    assert not [pair for pair in made if pair.name.startswith("environment/")]
