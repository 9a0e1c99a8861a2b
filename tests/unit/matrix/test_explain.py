"""What an experiment has tried against a difference, and the causes that are made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.support import real
from tests.support.answers import CATALOGUE, EXPERIMENT, PLANNED, ablation, cures
from tests.support.experience import BATCH, EQUAL, INITIAL, named, world
from tests.support.operators import PARTED
from workflows.compare.close_look import Closer
from workflows.compare.difference import Difference, first_difference
from workflows.matrix.cause import Cause
from workflows.matrix.explain import of_cells, of_kept
from workflows.matrix.variations import table
from workflows.runs.record import Run
from workflows.runs.watched import Source
from workflows.studies.ablation import result
from workflows.studies.ablation.result import Ablation, Outcome, Way
from workflows.studies.cures.plan import planned as planned_searches
from workflows.studies.cures.result import Cures, Try


def cause(*groups: list[Run], look: Closer | None = None, **more: Any) -> Cause:
    """Return the cause of the first group's difference."""
    looks = {"repeats/cpu/cpu/toy/seeded/baseline": look} if look else {}
    found = of_cells(world(*groups, **more), looks)[0].cause
    assert found is not None
    return found


def test_a_setting_is_what_acts_here() -> None:
    cudnn = cause(named(INITIAL, "unseeded"), named(EQUAL, "cudnn"))
    assert (cudnn.cure, cudnn.evidence) == (["torch-seed"], "tested"), "the others are for a GPU"
    article = cause(named(INITIAL, "unseeded"), named(EQUAL, "article"))
    assert (article.cure, article.evidence) == (["article"], "correlation")
    chance = cause(named(BATCH, "seeded"), named(EQUAL, "cudnn"))
    assert (chance.cure, chance.evidence) == ([], "unknown"), "it adds nothing that acts"


def test_a_setting_that_is_the_fault_is_cured_by_leaving_it_out() -> None:
    found = cause(named(BATCH, "ordered"), named(EQUAL, "seeded"))
    assert (found.cure, found.evidence) == (["without sampler-generator"], "tested")
    assert found.basis == "seeded is identical here and lacks this setting alone"
    several = cause(named(BATCH, "strict"), named(EQUAL, "seeded"))
    assert (several.cure, several.evidence) == (["seeded"], "correlation")
    assert "lacks deterministic-algorithms, " in several.basis
    both = cause(named(BATCH, "ordered"), named(BATCH, "seeded"))
    assert both.cure == [], "control: it differs without, too"


def test_a_variation_is_a_tested_cure_of_its_baseline() -> None:
    found = cause(named(BATCH, "seeded"), named(EQUAL, "seeded", "ordered"))
    assert (found.cure, found.evidence) == (["in_order = True"], "tested")
    assert found.basis == "ordered is identical here, and nothing but it was changed"
    settings = cause(named(BATCH, "seeded"), named(EQUAL, "seeded", "seeds-too"))
    assert settings.cure == ["python-seed"]


@pytest.mark.parametrize(
    "varied",
    [
        named(BATCH, "seeded", "ordered"), named(EQUAL, "strict", "ordered"),
        named(EQUAL, "seeded", "resumed"), named(EQUAL, "seeded", "threads-2"),
    ],
    ids=["differs, too", "of another configuration", "no cure", "did not reach the run"],
)  # fmt: skip
def test_control_what_is_no_cure_by_variation(varied: list[Run]) -> None:
    assert cause(named(BATCH, "seeded"), varied).cure == []


def test_a_cure_after_which_every_loss_is_nan_is_none() -> None:
    dead = [replace(run, losses=np.full_like(run.losses, np.nan)) for run in EQUAL]
    found = cause(named(BATCH, "seeded"), named(dead, "ordered"), named(dead, "strict"))
    assert (found.cure, found.evidence) == ([], "unknown")
    assert found.remarks == [
        f"{name} makes the runs agree, and is no cure: every loss is nan from step 0"
        for name in ("sampler-generator", "strict")
    ]


def test_the_second_source_is_told() -> None:
    found = cause(named(INITIAL, "unseeded"), named(BATCH, "seeded"))
    assert (found.cure, found.evidence) == ([], "unknown")
    assert found.remarks == ["torch-seed cures initial weights (0.weight)", "next: batch at step 4"]
    whole = cause(named(INITIAL, "unseeded"), named(BATCH, "seeded"), named(EQUAL, "ordered"))
    assert whole.remarks[1:] == ["sampler-generator cures batch at step 4"]


def outcome(answer: Any, place: Difference | None = None, dead: str | None = None) -> Outcome:
    return Outcome(answer=answer, repeats=3, first_difference=place, not_living=dead)


def ablated(dead: str | None = None, **plan: Any) -> Ablation:
    """Return an ablation whose smallest set is two seeds, the first of which cures half."""
    batch = Difference(phase="batch", step=4)
    both = ["torch-seed", "python-seed"]
    tested = [
        result.Tested(
            name="a", settings=["torch-seed"], first=outcome("differs", batch), fresh=None
        ),
        result.Tested(name="b", settings=both, first=None, fresh=outcome("identical", dead=dead)),
    ]
    way = Way(settings=both, repeats=5, divergence_below=0.5)
    found = ablation(status="done", smallest=[way], tested=tested)
    usual: dict[str, Any] = {"steps": real.STEPS, "options": {}, "threads": 1}
    return found.model_copy(update={"plan": found.plan.model_copy(update=usual | plan)})


def test_an_ablation_is_a_test_and_its_sets_tell_the_order() -> None:
    found = cause(named(INITIAL, "unseeded"), ablations=[ablated()])
    assert (found.cure, found.evidence) == (["torch-seed+python-seed"], "tested")
    assert found.remarks == [
        "torch-seed cures initial weights (0.weight)", "python-seed cures batch at step 4"
    ]  # fmt: skip
    assert "5 fresh repeats" in found.basis


@pytest.mark.parametrize("plan", [{"steps": 9}, {"threads": 2}, {"options": {"x": 1}}])
def test_control_an_ablation_of_other_runs_is_no_test(plan: dict[str, Any]) -> None:
    assert cause(named(INITIAL, "unseeded"), ablations=[ablated(**plan)]).cure == []


def test_an_ablation_whose_runs_are_dead_is_no_cure() -> None:
    found = cause(named(INITIAL, "unseeded"), ablations=[ablated("every loss is nan from step 0")])
    assert found.cure == [] and "is no cure: every loss is nan from step 0" in found.remarks[0]


def searched(answer: Any = "identical", control: Any = "differs", dead: str | None = None) -> Cures:
    """Return a search in which python-seed did that to the batches of the seeded."""
    [plan] = planned_searches(EXPERIMENT, PLANNED.plan, CATALOGUE)
    repeats = [run.record.run.path for run in named(BATCH, "seeded")]
    place = None if answer == "identical" else Difference(phase="batch", step=4)
    tried = [Try(added=["python-seed"], found=outcome(answer, place, dead))]
    return cures(
        plan=plan.model_copy(update={"repeats": repeats}), status="cured", steps=50,
        tried=tried, control=outcome(control),
    )  # fmt: skip


def test_a_search_is_a_test_where_its_control_still_differs() -> None:
    found = cause(named(BATCH, "seeded"), searches=[searched()])
    assert (found.cure, found.evidence) == (["python-seed"], "tested")
    assert found.basis == "tried in 3 runs of 50 steps, while those without it still differ"
    for other in (searched("differs"), searched(control="identical"), searched(dead="nan")):
        assert cause(named(BATCH, "seeded"), searches=[other]).cure == []
    assert cause(named(INITIAL, "unseeded"), searches=[searched()]).cure == [], "of another cell"


def test_what_a_second_look_saw_is_named() -> None:
    source = Source(what="random.Random()", place="train.py:3 in shuffle", step=-1, count=1)
    look = Closer(left="a", right="b", difference=None, sources=[source])
    found = cause(named(BATCH, "seeded"), look=look)
    assert found.evidence == "observed"
    assert found.what.endswith("; seen: random.Random() (train.py:3 in shuffle)")
    assert cause(named(BATCH, "seeded")).evidence == "unknown", "control"


def lost(*groups: list[Run], **more: Any) -> Cause:
    """Return the cause of the first letter that is lost."""
    there = world(*groups, **more)
    found = of_kept(table(dict(there.runs)), there, {})
    return next(each.cause for each in found if each.cause)


def test_a_lost_letter_has_its_change_for_a_cause() -> None:
    other = [real.flip_step(run, 4, 0) for run in EQUAL]
    found = lost(named(EQUAL, "seeded"), named(other, "seeded", "ordered"))
    assert found.what == "in_order = True gives other bits, first in the batch at step 4"
    assert (found.cure, found.evidence) == ([], "one change")
    kept = lost(
        named(EQUAL, "seeded"), named(other, "seeded", "ordered"),
        named(EQUAL, "ordered"), named(EQUAL, "ordered", "ordered"),
    )  # fmt: skip
    assert (kept.cure, kept.evidence) == (["sampler-generator"], "tested")


def test_a_variation_that_does_not_repeat_is_said_to_be_so() -> None:
    found = lost(named(EQUAL, "seeded"), named(BATCH, "seeded", "ordered"))
    assert found.what.startswith("under in_order = True runs do not repeat, first in the batch")
    assert found.basis == "its baseline is identical, and nothing but ordered was changed"
    assert (found.cure, found.evidence) == ([], "one change")


def test_what_makes_a_variation_repeat_is_its_tested_cure() -> None:
    unsteady = [named(EQUAL, "seeded"), named(BATCH, "seeded", "ordered")]
    found = lost(*unsteady, named(EQUAL, "ordered"), named(EQUAL, "ordered", "ordered"))
    assert found.what.startswith("under in_order = True runs do not repeat, first in the batch")
    assert (found.cure, found.evidence) == (["sampler-generator"], "tested")
    assert found.basis == "ordered is identical here and adds this setting alone"
    control = lost(*unsteady, named(EQUAL, "ordered"), named(EQUAL, "ordered", "seeds-too"))
    assert control.cure == [], "of another variation"


OTHER = [real.flip_step(run, 4, 0) for run in EQUAL]
LOST = [named(EQUAL, "seeded"), named(OTHER, "seeded", "ordered")]


def test_a_variation_that_changes_one_thing_more_is_a_tested_cure() -> None:
    found = lost(*LOST, named(EQUAL, "seeded", "both"))
    assert (found.cure, found.evidence) == (["own = 3"], "tested")
    assert found.basis == (
        "nothing but ordered was changed; both changes this, too, and keeps the letter"
    )


@pytest.mark.parametrize(
    "other",
    [
        named(EQUAL, "seeded", "other"), named(OTHER, "seeded", "both"),
        named(EQUAL, "seeded", "both-resumed"), named(EQUAL, "strict", "both"),
    ],
    ids=["changes something else", "loses it, too", "mends nothing", "of another configuration"],
)  # fmt: skip
def test_control_what_is_no_cure_of_a_lost_letter(other: list[Run]) -> None:
    assert lost(*LOST, other).cure == []


def test_what_makes_a_variation_repeat_may_be_another_of_it() -> None:
    unsteady = [named(EQUAL, "seeded"), named(BATCH, "seeded", "ordered")]
    found = lost(*unsteady, named(EQUAL, "seeded", "both"))
    assert (found.cure, found.evidence) == (["own = 3"], "tested")
    assert lost(*unsteady, named(EQUAL, "seeded", "other")).cure == [], "control"


def letter(answer: Any = "identical") -> Cures:
    """Return a search in which python-seed did that to the letter of a variation."""
    found, varied = searched(answer), named(OTHER, "seeded", "ordered")
    paths = [run.record.run.path for run in (*named(EQUAL, "seeded"), *varied)]
    plan = found.plan.model_copy(update={"varied": varied[0].record.run, "repeats": paths})
    return found.model_copy(update={"plan": plan})


def test_a_search_for_what_keeps_a_letter_is_a_test() -> None:
    found = lost(*LOST, searches=[letter()])
    assert (found.cure, found.evidence) == (["python-seed"], "tested")
    assert lost(*LOST, searches=[letter("differs")]).cure == [], "control: it is lost with it, too"
    assert lost(*LOST, searches=[searched()]).cure == [], "control: a search for something else"


def test_a_variation_that_prints_less_cures_nothing_that_is_printed() -> None:
    prints = [real.change(run, printed=["a", f"accuracy 0.{i}"]) for i, run in enumerate(EQUAL)]
    silent = [real.change(run, printed=["a"]) for run in EQUAL]
    found = cause(named(prints, "seeded"), named(silent, "seeded", "ordered"))
    assert (found.cure, found.evidence) == ([], "unknown")
    assert found.remarks == [
        "in_order = True makes the runs agree, and is no cure: less is printed"
    ]
    alike = [real.change(run, printed=["a", "accuracy 0.1"]) for run in EQUAL]
    control = cause(named(prints, "seeded"), named(alike, "seeded", "ordered"))
    assert control.cure == ["in_order = True"]


def test_the_operator_is_named_where_the_re_run_shows_that_place() -> None:
    place = first_difference(*BATCH[:2])
    look = Closer(left="a", right="b", difference=place, sources=[], operator=PARTED)
    found = cause(named(BATCH, "seeded"), look=look)
    assert found.what.startswith("first in the batch at step 4")
    assert found.what.endswith(f"; operator by operator: {PARTED}")
    assert "was not watched" not in found.what, "nothing is guessed beside it"
    assert found.evidence == "observed"
    elsewhere = look.model_copy(update={"difference": Difference(phase="loss", step=4)})
    guessed = cause(named(BATCH, "seeded"), look=elsewhere)
    assert "operator by operator" not in guessed.what, "control"
    assert "was not watched" in guessed.what and guessed.evidence == "unknown"


def test_so_is_that_of_a_change() -> None:
    other = [real.flip_step(run, 4, 0) for run in EQUAL]
    there = world(named(EQUAL, "seeded"), named(other, "seeded", "ordered"))
    place = Difference(phase="batch", step=4)
    look = Closer(left="a", right="b", difference=place, operator=PARTED)
    (found,) = of_kept(
        table(dict(there.runs)), there, {"variation/cpu/cpu/toy/seeded/ordered": look}
    )
    assert found.cause is not None and found.cause.what == (
        "in_order = True gives other bits, first in the batch at step 4; "
        f"operator by operator: {PARTED}"
    )
