"""How long the rest takes: by what was expected, then by what was measured."""

from __future__ import annotations

import pytest

from src.snakemake_logger_plugin_reprise.progress import Job, Progress

RUNS = {f"{number}.json": 10.0 for number in range(8)}


def begun(cores: int = 2, *, asked: int = 8, there: frozenset[str] = frozenset()) -> Progress:
    progress = Progress(cores=cores)
    progress.plan(RUNS, set(there), asked)
    return progress


def run(progress: Progress, number: int, began: float, ended: float | None = None) -> None:
    progress.start(number, Job("run", str(number), began, outputs=(f"{number}.json",)))
    if ended is not None:
        progress.finish(number)


def test_before_anything_ended_the_stated_times_count() -> None:
    assert begun(cores=2).left(0) == pytest.approx(40)
    assert begun(cores=4).left(0) == pytest.approx(20)


@pytest.mark.parametrize("slower", [0.5, 1, 3])
def test_what_was_measured_counts_and_what_goes_on_side_by_side(slower: float) -> None:
    progress, took = begun(), 10 * slower
    for number in range(4):
        run(progress, number, took * (number // 2), took * (number // 2 + 1))
    assert progress.left(2 * took) == pytest.approx(2 * took)


def test_a_run_at_work_counts_as_far_as_it_is() -> None:
    progress = begun(cores=1)
    run(progress, 0, 0.0)
    assert progress.left(5) == pytest.approx(75)


def test_what_is_there_and_not_asked_for_takes_no_time() -> None:
    assert begun(asked=2, there=frozenset(list(RUNS)[:6])).left(0) == pytest.approx(10)
    assert begun(asked=2).left(0) == pytest.approx(10), "a part of what is missing"
    assert begun(asked=8, there=frozenset(RUNS)).left(0) == pytest.approx(40), "made again"


def test_a_job_of_several_runs_counts_as_all_of_them() -> None:
    progress = begun(cores=1)
    progress.start(0, Job("run", "together", 0.0, outputs=("0.json", "1.json", "0.npz")))
    assert progress.left(10) == pytest.approx(70)
    progress.finish(0)
    assert progress.left(20) == pytest.approx(60) and progress.asked == 6


def test_at_the_end_nothing_is_left() -> None:
    progress = begun(asked=1, there=frozenset(list(RUNS)[1:]))
    run(progress, 0, 0.0, 10.0)
    assert progress.left(10) is None and Progress().left(0) is None


def test_other_jobs_do_not_disturb_the_measure() -> None:
    progress = begun()
    progress.start(99, Job("image", "cpu", 0.0, outputs=("image.json",)))
    assert progress.finish(99) is not None and progress.finish(98) is None
    assert progress.began is None and progress.left(500) == pytest.approx(40)
