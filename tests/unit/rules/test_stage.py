"""What the rules ask of a stage."""

from __future__ import annotations

import re

from workflows.common.models import Model
from workflows.common.paths import ROOT
from workflows.rules.code import CODE
from workflows.rules.stage import Stage


class Run(Model):
    """One run, as far as a stage looks at it."""

    environment: str
    device: str
    benchmark: str = "reader"


class Both(Model):
    """Two runs that one job carries out."""

    left: Run
    right: Run


DATASETS = {"reader": "digits", "other": None}
CPU, CUDA = Run(environment="cpu", device="cpu"), Run(environment="cuda", device="cuda")
OTHER = Run(environment="cpu", device="cpu", benchmark="other")


def stage(**plans: Both) -> Stage[Both]:
    """Return a stage of jobs with two runs each."""
    return Stage("pairs", plans, lambda plan: [plan.left, plan.right], DATASETS, {"a": "0" * 64})


def test_a_job_has_its_file_plan_and_identity() -> None:
    found = stage(a=Both(left=CPU, right=CPU))
    assert found.outputs == ["results/pairs/a.json"]
    assert Both.model_validate_json(found.plan(["a"])) == found.of(["a"])
    assert found.identity(["a"]) == "0" * 64


def test_a_job_needs_the_image_and_the_data_of_each_run() -> None:
    found = stage(a=Both(left=CPU, right=CUDA), b=Both(left=OTHER, right=OTHER))
    assert found.images(["a"]) == ["results/images/cpu.json", "results/images/cuda.json"]
    assert found.data(["a"]) == ["results/data/digits.json"]
    assert found.data(["b"]) == []


def test_a_job_is_on_cuda_where_any_of_its_runs_is() -> None:
    found = stage(a=Both(left=CPU, right=CPU), b=Both(left=CPU, right=CUDA))
    assert (found.on("cpu"), found.on("cuda")) == ("a", "b")


def test_a_stage_has_a_rule_for_its_own_jobs_alone() -> None:
    found = Stage("runs", {"toy/1.5": CPU, "toy/2": CPU}, lambda run: [run], DATASETS)
    assert re.fullmatch(found.on("cpu"), "toy/1.5")
    assert not re.fullmatch(found.on("cpu"), "toy/1x5")
    assert not re.fullmatch(found.on("cuda"), "")
    assert not re.fullmatch(found.on("cuda"), "toy/2")


def test_the_code_of_each_stage_is_there() -> None:
    assert {
        file for files in CODE.values() for file in files if not (ROOT / file).is_file()
    } == set()
    assert all(len(files) > 1 for files in CODE.values())


def test_what_cannot_run_here_has_no_rule_of_its_own_but_a_file() -> None:
    plans = {"a": Both(left=CPU, right=CPU), "b": Both(left=CPU, right=CUDA)}
    found = Stage("pairs", plans, lambda p: [p.left, p.right], DATASETS, absent=frozenset({"b"}))
    assert (found.on("cpu"), found.on("cuda")) == ("a", "(?!)")
    assert found.without_gpu() == ["results/pairs/b.json"]
    assert found.without_gpu(".npz") == ["results/pairs/b.npz"]
    assert found.outputs == ["results/pairs/a.json", "results/pairs/b.json"], "it is wanted"
    assert stage(**plans).without_gpu() == [], "control"
