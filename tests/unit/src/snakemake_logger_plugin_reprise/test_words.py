"""What a job and a time are called, and that a line is never longer than the terminal is wide."""

from __future__ import annotations

import pytest

from src.snakemake_logger_plugin_reprise.words import (
    Line,
    job,
    lasting,
    left,
    results,
    rule_of,
)  # fmt: skip

SEEDED = "cpu/cpu/cifar10/seeded/baseline"
LINE = Line("cifar10 seeded · cpu · 2 of 3", "19 s", ("61 of 118, about 3 min left", "61 of 118"))


@pytest.mark.parametrize(
    ("path", "repeats", "name"),
    [
        (f"{SEEDED}/1", {SEEDED: 3}, "cifar10 seeded · cpu · 2 of 3"),
        (f"{SEEDED}/1", {}, "cifar10 seeded · cpu · 2"),
        (f"{SEEDED}/0", {SEEDED: 1}, "cifar10 seeded · cpu"),
        ("cuda/cpu/toy/strict/threads-2/0", {}, "toy strict threads-2 · cuda on cpu · 1"),
        ("strange", {}, "strange"),
        ("a/b/0", {}, "a/b · 1"),
    ],
)
def test_a_run_is_named_by_its_cell_and_repeat(
    path: str, repeats: dict[str, int], name: str
) -> None:
    assert job("run", {"run": path}, repeats) == name


@pytest.mark.parametrize(
    ("numbers", "which"), [((0, 1, 2), "1 to 3"), ((1, 2), "2 to 3"), ((0, 2), "1, 3")]
)
def test_runs_that_share_a_job_are_named_together(numbers: tuple[int, ...], which: str) -> None:
    outputs = [f"results/runs/{SEEDED}/{n}.{kind}" for kind in ("json", "npz") for n in numbers]
    found = job("run", {}, {SEEDED: 5}, outputs)
    assert found == f"cifar10 seeded · cpu · {which} of 5"


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("run", 1), ("run_on_gpu", 1), ("run_1_3", 3), ("reprise_run_7_8", 8), ("run_10_11", 11),
        ("difference", 1), ("difference_12_3", 3), ("tables", 1),
    ],
)  # fmt: skip
def test_a_rule_says_how_many_results_a_job_makes(name: str, count: int) -> None:
    assert results(name) == count


@pytest.mark.parametrize(
    ("rule", "wildcards", "name"),
    [
        ("difference", {"pair": f"repeats/{SEEDED}"}, "a close look: cifar10 seeded · cpu"),
        ("difference", {"place": "cpu/cpu/toy/strict"}, "close looks: toy strict · cpu"),
        ("image", {"environment": "cuda"}, "environment cuda"),
        ("image", {}, "image"),
        ("tables", {}, "tables"),
    ],
)
def test_another_job_is_named_by_what_it_makes(
    rule: str, wildcards: dict[str, str], name: str
) -> None:
    assert job(rule, wildcards, {}) == name


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("run_on_gpu", "run"),
        ("reprise_run", "run"),
        ("image", "image"),
        ("rerun", "rerun"),
        ("run_0_1", "run"),
        ("reprise_run_3_4", "run"),
        ("difference_1_2", "difference"),
    ],
)
def test_a_rule_is_known_on_a_gpu_and_in_another_workflow(name: str, rule: str) -> None:
    assert rule_of(name) == rule


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.44, "0.4 s"), (9.97, "10 s"), (61, "61 s"), (110, "2 min"), (6500, "1 h 48 min")],
)
def test_a_time_has_the_digits_that_matter(seconds: float, text: str) -> None:
    assert lasting(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "10 s"), (44, "40 s"), (60, "1 min"), (100, "2 min"), (170, "3 min"), (7300, "2 h 2 min")],
)
def test_what_is_left_is_said_in_round_numbers(seconds: float, text: str) -> None:
    assert left(seconds) == f"about {text} left"


def test_a_line_says_all_where_it_can() -> None:
    whole = "cifar10 seeded · cpu · 2 of 3 … 19 s   [61 of 118, about 3 min left]"
    assert LINE.fitted(None) == LINE.fitted(80) == LINE.fitted(len(whole)) == whole
    assert LINE.fitted(len(whole) - 1) == "cifar10 seeded · cpu · 2 of 3 … 19 s   [61 of 118]"
    assert LINE.fitted(40) == "cifar10 seeded · cpu · 2 of 3 … 19 s"
    assert LINE.fitted(20) == "cifar10 seede… … 19 s"[:12] + "… … 19 s"
    assert Line("a", "1 s", ()).fitted(80) == "a … 1 s"


@pytest.mark.parametrize("width", range(1, 90))
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert len(LINE.fitted(width)) <= width
