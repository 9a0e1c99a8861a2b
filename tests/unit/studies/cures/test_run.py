"""Programs that differ only now and then: what makes a few of their runs agree may do nothing."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from tests.support import real
from tests.support.answers import CATALOGUE, UNSEEN
from tests.unit.studies.cures.test_search import EQUAL, PLAN, UNSEEDED, asked
from workflows.compare.difference import first_difference
from workflows.runs.record import Run
from workflows.studies.cures.plan import CuresPlan
from workflows.studies.cures.run import searched
from workflows.studies.cures.search import Search


def test_what_runs_mostly_do_without_it_is_no_cure() -> None:
    def obtain(settings: list[str], repeat: int, _steps: int) -> Run:
        run = UNSEEDED[0] if repeat == 3 and "torch-seed" not in settings else EQUAL
        return asked(run, settings, repeat)

    found = searched(PLAN, UNSEEDED, UNSEEN, CATALOGUE, obtain)
    assert found is not None and found.status == "not cured"
    (one,) = found.tried
    assert one.found.not_living == "3 of 4 runs agree without it, too"


@pytest.mark.parametrize("agreeing", [4, 0])
def test_what_runs_did_that_were_made_before_counts_too(agreeing: int) -> None:
    def obtain(settings: list[str], repeat: int, _steps: int) -> Run:
        run = EQUAL if "torch-seed" in settings else UNSEEDED[repeat % len(UNSEEDED)]
        return asked(run, settings, repeat)

    plan = CuresPlan(baseline=PLAN.baseline, repeats=[], runs=8, settings=[], noise={})
    found = Search(plan, CATALOGUE, obtain, real.STEPS, lambda *_: ["torch-seed"])
    found.known = [EQUAL] * agreeing
    place = first_difference(UNSEEDED[0], UNSEEDED[1])
    assert place is not None
    found.carry_out((UNSEEDED[0], UNSEEDED[1]), place)
    assert found.status == ("not cured" if agreeing else "cured"), "the second is the control"


@pytest.mark.parametrize("usual", [0.3, 0.5, 0.7, 0.85])
def test_a_race_that_no_setting_holds_is_hardly_ever_cured(usual: float) -> None:
    dice = Random(1)

    def race(settings: list[str], repeat: int, _steps: int = 0) -> Run:
        steps = EQUAL.steps.copy()
        if dice.random() > usual:
            begins = int(dice.random() ** 2 * len(steps))
            steps[begins:, EQUAL.record.trace.phases.index("loss")] += np.uint64(
                dice.randrange(10**9)
            )
        return asked(replace(EQUAL, steps=steps), settings, repeat)

    names = ["hash-seed", "python-seed", "numpy-seed", "entropy-seeded", "worker-seed", "in-order"]
    cured: list[bool] = []
    while len(cured) < 40:
        pair = race([], 0), race([], 0)
        if (place := first_difference(*pair)) is None:
            continue
        plan = CuresPlan(baseline=pair[0].record.run, repeats=[], runs=20, settings=[], noise={})
        found = Search(plan, CATALOGUE, race, real.STEPS, lambda *_: names)
        found.carry_out(pair, place)
        cured.append(found.status == "cured")
    assert sum(cured) <= 4


def test_what_moves_the_place_is_seen_in_no_more_runs_than_there_are() -> None:
    def obtain(settings: list[str], repeat: int, _steps: int) -> Run:
        steps = EQUAL.steps.copy()
        loss = EQUAL.record.trace.phases.index("loss")
        steps[len(settings) + 1 :, loss] += np.uint64(1 + repeat)
        return asked(replace(EQUAL, steps=steps), settings, repeat)

    plan = PLAN.model_copy(update={"runs": 8})
    pair = obtain([], 0, 0), obtain([], 1, 0)
    place = first_difference(*pair)
    assert place is not None
    names = ["hash-seed", "python-seed", "numpy-seed", "torch-seed"]
    found = Search(plan, CATALOGUE, obtain, real.STEPS, lambda *_: names)
    found.carry_out(pair, place)
    assert found.status == "not cured" and len(found.made) <= 8


def test_a_control_that_fails_is_no_control() -> None:
    def obtain(settings: list[str], repeat: int, _steps: int) -> Run:
        if settings:
            return asked(EQUAL, settings, repeat)
        failed = real.change(EQUAL, status="failed", reason="broken")
        return asked(failed, settings, repeat)

    found = searched(PLAN, UNSEEDED, UNSEEN, CATALOGUE, obtain)
    assert found is not None and found.control is not None
    assert (found.status, found.control.answer) == ("not shown again", "failed")
