"""One experiment, as the rules see it."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from src.snakemake_logger_plugin_reprise.watcher import FORECAST
from tests.conftest import Need
from workflows.rules.context import Context
from workflows.rules.shared import images_without_gpu, records_without_gpu
from workflows.runs import launch

SMALL = {
    "engine": "venv", "seed": 3, "environments": ["cpu", "cuda"], "devices": ["cpu", "cuda"],
    "benchmarks": {"toy": {"steps": 4}, "cifar10": {"steps": 4}},
    "configurations": ["unseeded", "strict"], "repeats": {"toy": 2, "cifar10": 2},
    "ablation": {"toy": {"threads": 2}}, "costs": {"cifar10": {}},
    "cures": {"toy": {}},
    "limits": {"minutes": 2, "memory_gb": 1.5}, "data": {"cifar10": "a b"},
}  # fmt: skip


@pytest.fixture
def context(need: Need, monkeypatch: pytest.MonkeyPatch) -> Context:
    """The small experiment."""
    need("venv")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # which `of` changes
    return Context.of(SMALL)


class Wildcards(list[str]):
    """Snakemake's, with one wildcard."""

    dataset = "cifar10"


def test_every_job_has_one_rule(context: Context) -> None:
    for stage in (
        context.runs,
        context.ablations,
        context.costs,
        context.cures,
        context.differences,
    ):
        assert stage.plans
        for job in stage.plans:
            on = [device for device in ("cpu", "cuda") if re.fullmatch(stage.on(device), job)]
            assert len(on) == 1, job


def test_without_a_gpu_two_jobs_stand_for_all_that_needs_one_here(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "NVIDIA", (str(tmp_path / "driver"),))
    here = Context.of(SMALL, cores=2)
    for stage in (here.runs, here.differences):
        jobs = [job for job in stage.plans if "/cuda/toy/" in job or "/cuda/cifar10/" in job]
        assert jobs and stage.absent == {*jobs} and stage.on("cuda") == "(?!)"
    assert images_without_gpu(here.runs) == ["results/images/cuda.json"]
    assert (
        {*here.runs.without_gpu()}
        < {*records_without_gpu(here.runs, here.differences)}
        < {*here.runs.outputs}
    )
    assert not context.runs.absent, "control: a cluster may have one"
    (tmp_path / "driver").touch()
    assert not Context.of(SMALL, cores=2).differences.absent, "control: here is one"


def test_of_jobs_that_share_a_result_one_makes_it(context: Context) -> None:
    here = Context.of({**SMALL, "repeats": {"toy": 9, "cifar10": 9}}, cores=1)
    assert here.together and here.families, "control"
    for several in here.together:
        runs = [run.path for run in several.runs]
        assert several.files("runs", ".json") == [*map(here.runs.output, runs)]
        assert several.asked(here.runs.of)([]) == here.runs.plans[runs[0]]
        assert not [run for run in runs if re.fullmatch(here.runs.on("cpu"), run)]
        for run in runs:  # given the very same, so that nobody can tell afterwards
            for asked in ("plan", "identity", "images", "data"):
                assert several.asked(getattr(here.runs, asked))([]) == getattr(here.runs, asked)(
                    [run]
                )
    for form, looks in here.families.items():
        for place, family in looks.plans.items():
            names = [name.format(place=place) for name in form]
            assert names == [pair.name for pair in family.pairs]
            assert not [n for n in names if re.fullmatch(here.differences.on("cpu"), n)]
            assert {*here.sides(looks)([place])} == {*map(here.runs.output, family.sides)}
    assert not context.together and not context.families, "control: on a cluster"


def test_a_pair_needs_both_its_images_and_its_data(context: Context) -> None:
    pair = ["device/cuda/cuda/cifar10/strict/baseline"]
    assert context.differences.of(pair).left == ["cuda/cpu/cifar10/strict/baseline/0"]
    assert context.differences.images(pair) == ["results/images/cuda.json"] * 2
    assert context.differences.data(pair) == ["results/data/cifar10.json"]


def test_each_study_has_its_plan_and_the_identity_of_its_code(context: Context) -> None:
    assert context.ablations.of(["cpu/cpu/toy"]).threads == 2
    assert context.costs.outputs == [
        f"results/costs/{place}/cifar10.json" for place in ("cpu/cpu", "cuda/cuda")
    ]
    assert context.cures.of(["cpu/cpu/toy/strict"]).pair in context.differences.plans
    for stage, job in (
        (context.ablations, "cpu/cpu/toy"), (context.costs, "cpu/cpu/cifar10"),
        (context.cures, "cpu/cpu/toy/unseeded"),
    ):  # fmt: skip
        assert re.fullmatch("[0-9a-f]{64}", stage.identity([job]))
        assert stage.code


@pytest.mark.parametrize(
    ("runs", "expected"), [(1, {"runtime": 4}), (2, {"runtime": 8}), (None, {})]
)
def test_a_job_demands_what_its_runs_need(
    context: Context, runs: int | None, expected: dict[str, Any]
) -> None:
    usual: dict[str, Any] = {"minutes": "2.0", "memory": "1.5", "mem_mb": 2536}
    assert context.demands(runs) == usual | expected


def test_a_local_source_is_quoted(context: Context) -> None:
    assert context.source(Wildcards()) == "--source 'a b'"


def test_an_unknown_key_ends_it_with_one_line() -> None:
    with pytest.raises(SystemExit, match=r"^error: config: engin: unknown key"):
        Context.of({**SMALL, "engin": "venv"})


def test_a_verification_without_a_publication_ends_with_one_line(context: Context) -> None:
    with pytest.raises(SystemExit, match=r"^error: config: report: missing"):
        context.verifying(None)


def test_a_kept_plan_with_an_engine_that_is_down_is_no_reason_to_take_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, context: Context
) -> None:
    kept = tmp_path / "plan.json"
    kept.write_text(context.plan.model_copy(update={"engine": "podman"}).model_dump_json())
    monkeypatch.setattr("workflows.rules.engine.PLAN", kept)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match=r"^error: results/ were made with podman, which does not"):
        Context.of({**SMALL, "engine": "auto"})


def test_what_is_planned_is_announced_to_what_shows_how_far_it_is(context: Context) -> None:
    told: list[logging.LogRecord] = []
    log = logging.Logger("announced")
    log.addFilter(lambda record: not told.append(record))  # type: ignore[func-returns-value]
    context.announce(log)
    [record] = told
    found = vars(record)[FORECAST]
    assert set(found) == {"expected", "repeats", "perhaps"} and record.msg is None
    for stage in (context.runs, context.differences, context.ablations, context.cures):
        assert set(stage.outputs) <= set(found["expected"])
    assert set(context.costs.outputs) <= set(found["expected"])


def test_a_training_has_a_core_of_this_machine_and_on_a_cluster_what_it_had(
    context: Context,
) -> None:
    assert Context.of(SMALL, cores=2).demands(trainings=1)["trainings"] == 1
    assert "trainings" not in context.demands(trainings=1), "control"


def test_the_longest_jobs_start_first(context: Context) -> None:
    def early(path: str, *files: str, **wildcards: str) -> int:
        return context.order.early(*(f"results/runs/{file}.json" for file in files or (path,)))(
            wildcards
        )

    def run(benchmark: str) -> str:
        return f"cpu/cpu/{benchmark}/strict/baseline"

    toy, cifar10 = (early("{run}", run=f"{run(name)}/0") for name in ("toy", "cifar10"))
    both = [early("", "{cell}/0", "{cell}/1", cell=run(name)) for name in ("toy", "cifar10")]
    assert 0 < toy < cifar10 < both[1] and toy < both[0] < both[1]
    assert early("{run}", run="strange") == 0, "control"
    look = context.order.early("results/differences/{pair}.json")
    names = [name for name in context.differences.plans if name.startswith("repeats/cpu/cpu/toy")]
    pairs = {name.split("/")[4]: name for name in names}
    looks = [look({"pair": pairs[name]}) for name in ("strict", "unseeded")]
    assert 0 < looks[0] < looks[1], "what is expected to differ is run again"


def test_a_run_takes_the_cores_that_it_keeps_busy_as_far_as_there_are_so_many(
    context: Context,
) -> None:
    path = "cpu/cpu/cifar10/strict/baseline/0"
    run = context.runs.plans[path].model_copy(update={"steps": 2000})
    runs = replace(context.runs, plans={path: run})
    assert [replace(context, cores=n).order.wide(runs.of)([path]) for n in (1, 2, 4)] == [1, 2, 2]
    assert replace(context, cores=4).order.wide(context.runs.of)([path]) == 1, "control: four steps"
