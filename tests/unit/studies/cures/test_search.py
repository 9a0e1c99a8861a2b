"""The search for a cure on real records: what is tried, in which order, and what counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.support import real
from tests.support.answers import CATALOGUE, UNSEEN
from workflows.compare.around import Around
from workflows.compare.difference import Difference
from workflows.experiment.load import load
from workflows.experiment.plan import make
from workflows.runs.record import Run
from workflows.runs.watched import Source
from workflows.studies.cures.likely import likely
from workflows.studies.cures.plan import CuresPlan, planned
from workflows.studies.cures.run import narrowed, searched
from workflows.studies.cures.search import Search, length

EXPERIMENT = load(
    {
        "environments": ["cpu"], "devices": ["cpu"], "benchmarks": {"toy": {"steps": real.STEPS}},
        "configurations": ["unseeded", "seeded"], "repeats": {"toy": 3}, "cures": {"toy": {}},
    },
    CATALOGUE,
)  # fmt: skip
PLAN, SEEDED = planned(EXPERIMENT, make(EXPERIMENT, CATALOGUE, {}), CATALOGUE)
VARIED = load(
    {
        "environments": ["cpu"], "devices": ["cpu"], "benchmarks": {"toy": {"steps": real.STEPS}},
        "configurations": ["seeded"], "repeats": {"toy": 3, "variations": 3}, "cures": {"toy": {}},
        "variations": [
            "baseline", "threads-2", {"slow": {"cpu": "Haswell"}},
            {"more": {"settings": ["hash-seed"]}},
        ],
    },
    CATALOGUE,
)  # fmt: skip


def unseeded(repeat: int) -> Run:
    """Return a run that was not seeded: PyTorch's generator stands elsewhere from the start."""
    run = real.watched(real.run("unseeded", repeat % 3))
    run = replace(run, initial=run.initial + np.uint64(repeat // 3))
    run.steps[:, 0] += np.uint64(1000 * repeat)
    run.ends[0] += np.uint64(1000 * repeat)
    return run


UNSEEDED = [unseeded(repeat) for repeat in range(6)]
EQUAL = real.watched(real.run("seeded"))


def batches(repeat: int) -> Run:
    """Return a run whose batches differ, as Python's generator does."""
    steps = real.flip_step(EQUAL, 4, 5).steps
    steps[4, 5] += np.uint64(repeat)
    steps[:, 3] = np.arange(len(steps), dtype=np.uint64) + np.uint64(1000 * repeat)
    return replace(EQUAL, steps=steps)


def asked(run: Run, settings: list[str], repeat: int) -> Run:
    fields = run.record.run.model_copy(update={"settings": settings, "repeat": repeat})
    return real.change(run, run=fields)


def carried(
    *needed: str, plan: CuresPlan = PLAN, runs: list[Run] = UNSEEDED, dead: bool = False
) -> Search:
    """Search where runs agree with all these settings, and their batches differ with a seed."""

    def obtain(settings: list[str], repeat: int, _steps: int) -> Run:
        if set(needed) <= {*settings}:
            run = EQUAL
            if dead:
                run = replace(run, losses=np.full_like(run.losses, np.nan))
        else:
            run = batches(repeat) if "torch-seed" in settings else UNSEEDED[repeat]
        return asked(run, settings, repeat)

    found = searched(plan, runs, UNSEEN, CATALOGUE, obtain)
    assert found is not None
    return found


def test_a_right_single_setting_is_found_and_the_control_still_differs() -> None:
    found = carried("torch-seed")
    assert (found.status, [each.added for each in found.tried]) == ("cured", [["torch-seed"]])
    assert found.control is not None and found.control.answer == "differs"
    assert (found.tried[0].found.repeats, len(found.made)) == (4, 8), "as often without it"


def test_the_second_source_is_looked_for_too() -> None:
    found = carried("torch-seed", "python-seed")
    tried = [(each.added, each.found.answer) for each in found.tried]
    assert tried == [
        (["torch-seed"], "differs"), (["torch-seed", "python-seed"], "identical")
    ]  # fmt: skip
    assert found.status == "cured" and len(found.made) <= 8


def test_what_cures_nothing_is_said_within_eight_runs() -> None:
    found = carried("no-such-setting")
    assert found.status == "not cured" and len(found.made) <= 8
    assert found.tried[0].found.first_difference == Difference(phase="batch", step=4)


def test_runs_that_agree_dead_are_no_cure() -> None:
    found = carried("torch-seed", dead=True)
    assert found.status == "not cured"
    assert found.control is not None and found.control.answer == "differs"
    assert found.tried[0].found.not_living == "every loss is nan from step 0"


def test_what_is_not_shown_again_is_no_cure() -> None:
    found = searched(PLAN, UNSEEDED, UNSEEN, CATALOGUE, lambda s, r, _: asked(EQUAL, s, r))
    assert found is not None and found.status == "not shown again"


def test_control_repeats_that_agree_are_left_alone() -> None:
    def obtain(*_: Any) -> Run:
        raise AssertionError("nothing is to be run")

    assert searched(SEEDED, [EQUAL, EQUAL], UNSEEN, CATALOGUE, obtain) is None


@pytest.mark.parametrize(
    ("place", "steps"),
    [
        (Difference(phase="initial weights"), 50), (Difference(phase="batch", step=0), 50),
        (Difference(phase="loss", step=99), 200), (Difference(phase="loss", step=999), 1000),
        (Difference(phase="printed", line=1), 1000), (Difference(phase="length", step=9), 1000),
    ],
)  # fmt: skip
def test_runs_are_as_long_as_it_takes_to_pass_the_place(place: Difference, steps: int) -> None:
    assert length(place, 1000) == steps
    assert PLAN.run(["torch-seed"], 0, 50).steps_taken == 50
    assert PLAN.run([], 0, real.STEPS).dense == []


def seen(phase: Any, *, watched: bool = True, **apart: int) -> Around:
    place = Difference(phase=phase, step=None if phase == "initial weights" else 3)
    return Around(place, watched, apart, arrived_equal=False, felt=False, unwatched=[])


@pytest.mark.parametrize(
    ("around", "first"),
    [
        (seen("initial weights", torch=0), "torch-seed"), (seen("batch", python=0), "python-seed"),
        (seen("batch", numpy=0), "numpy-seed"), (seen("batch", own=0), "entropy-seeded"),
        (seen("batch"), "hash-seed"), (seen("batch", watched=False), "torch-seed"),
        (seen("loss", torch=2), "torch-seed"), (seen("loss"), "deterministic-algorithms"),
        (seen("backward"), "deterministic-algorithms"), (seen("gradients"), "entropy-seeded"),
        (seen("printed"), "hash-seed"), (seen("initial weights"), "python-seed"),
    ],
)  # fmt: skip
def test_the_likeliest_comes_first(around: Around, first: str) -> None:
    assert next(likely(around, None)) == first


def test_a_seed_of_a_generator_that_stands_alike_is_not_tried() -> None:
    assert not {"torch-seed", "python-seed", "numpy-seed"} & {*likely(seen("printed"), [])}
    assert "torch-seed" in likely(seen("printed", watched=False), [])


def test_what_a_second_look_saw_comes_before_the_place() -> None:
    memory = Source(kind="uninitialised", what="w", place="a.py:3 in f", step=-1, count=1)
    assert next(likely(seen("initial weights"), [memory])) == "memory-fill"


def test_what_a_second_look_would_have_seen_and_did_not_comes_last() -> None:
    def drawn(words: str) -> Source:
        return Source(kind="draw", what=f"{words}: x", place="a.py:3 in f", step=-1, count=1)

    start = seen("initial weights")
    assert next(likely(start, [drawn("PyTorch's generator")])) == "hash-seed"
    for words, setting in (("Python's", "python-seed"), ("NumPy's", "numpy-seed")):
        assert next(likely(start, [drawn(f"{words} generator")])) == setting
    assert next(likely(start, [])) == "hash-seed" != next(likely(start, None))
    assert {*likely(start, [])} == {*likely(start, None)}, "none is lost"


def test_a_generator_that_was_seeded_too_late_stands_alike_and_tells_nothing() -> None:
    late = Source(
        kind="late seed", what="PyTorch's generator: torch.manual_seed(3), after it was drawn from",
        place="a.py:3 in f", step=-1, count=1,
    )  # fmt: skip
    assert next(likely(seen("initial weights"), [late])) == "torch-seed"
    other = late.model_copy(update={"what": "NumPy's generator: np.random.seed(3), after"})
    assert "torch-seed" not in likely(seen("initial weights"), [other]), "control"


def test_the_order_of_samples_is_held_before_all_else_where_the_seed_is_there() -> None:
    assert [*likely(seen("batch", torch=2), [])][:2] == ["torch-seed", "sampler-generator"]
    assert "sampler-generator" not in [*likely(seen("loss", torch=2), [])][:2], "control"


def test_what_only_detects_is_no_cure_and_has_its_control() -> None:
    memory = Source(kind="uninitialised", what="w", place="a.py:3 in f", step=-1, count=1)

    looked = UNSEEN.model_copy(update={"sources": [memory]})

    def obtain(settings: list[str], repeat: int, _steps: int) -> Run:
        run = EQUAL if "memory-fill" in settings else real.flip_initial(EQUAL, repeat)
        return asked(run, settings, repeat)

    runs = [real.flip_initial(EQUAL, repeat) for repeat in range(2)]
    found = searched(SEEDED, runs, looked, CATALOGUE, obtain)
    assert found is not None and found.status == "not cured" and len(found.made) <= 8
    assert found.tried[0].added == ["deterministic-algorithms", "memory-fill"]
    assert found.control is not None and found.control.answer == "differs"


BASE, LETTER = planned(VARIED, make(VARIED, CATALOGUE, {}), CATALOGUE)


def sides(*runs: Run) -> list[Run]:
    """Return runs as three repeats of the baseline and three of the variation."""
    of = [LETTER.baseline] * 3 + [LETTER.varied] * 3
    return [
        real.change(run, run=side.model_copy(update={"repeat": i % 3}))
        for i, (run, side) in enumerate(zip(runs, of, strict=True))
        if side
    ]


def test_a_letter_that_may_be_lost_is_searched_for_too() -> None:
    assert (BASE.path, LETTER.path) == (
        "cpu/cpu/toy/seeded", "variation/cpu/cpu/toy/seeded/threads-2"
    ), "no other processor, and no settings by themselves"  # fmt: skip
    assert LETTER.pair == "variation/cpu/cpu/toy/seeded/threads-2"
    assert LETTER.repeats[3:] == [f"cpu/cpu/toy/seeded/threads-2/{i}" for i in range(3)]
    assert [LETTER.run([], i, 50).threads for i in range(4)] == [1, 2, 1, 2]


def carried_letter(*needed: str) -> Search:
    plan, runs = narrowed(LETTER, sides(*[EQUAL] * 3, *[batches(1)] * 3))
    assert plan == LETTER and len(runs) == 2

    def obtain(settings: list[str], repeat: int, _steps: int) -> Run:
        same = {*needed} <= {*settings} or repeat % 2 == 0
        return asked(EQUAL if same else batches(1), settings, repeat)

    found = searched(plan, runs, UNSEEN, CATALOGUE, obtain)
    assert found is not None
    return found


def test_what_keeps_a_letter_is_found_in_a_few_runs() -> None:
    found = carried_letter("python-seed")
    assert (found.status, found.tried[-1].added) == ("cured", ["python-seed"])
    assert found.control is not None and found.control.answer == "differs"
    assert len(found.made) == found.tried[-1].found.repeats == 4
    control = carried_letter("no-such-setting")
    assert control.status == "not cured" and len(control.made) <= 8


def test_a_variation_that_does_not_repeat_is_searched_like_any_other() -> None:
    apart = [batches(1), batches(2), batches(3)]
    plan, runs = narrowed(LETTER, sides(EQUAL, EQUAL, EQUAL, *apart))
    assert plan.varied is None and plan.baseline == LETTER.varied and len(runs) == 3
    assert {plan.run([], i, 50).threads for i in range(2)} == {2}


@pytest.mark.parametrize("base", [[EQUAL] * 3, [batches(1), EQUAL, EQUAL]])
def test_control_a_letter_that_is_kept_or_was_never_there(base: list[Run]) -> None:
    def obtain(*_: Any) -> Run:
        raise AssertionError("nothing is to be run")

    plan, runs = narrowed(LETTER, sides(*base, EQUAL, EQUAL, EQUAL))
    assert searched(plan, runs, UNSEEN, CATALOGUE, obtain) is None
