"""What is said of a first difference: an operator only where its inputs were seen to be equal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.support import real
from workflows.compare.around import around
from workflows.compare.difference import Difference, cut, first_difference
from workflows.matrix.symptom import symptom
from workflows.runs.record import Run
from workflows.runs.watched import ENDS, PHASES, Source

RUN = real.watched(real.run("seeded"))
OLD = real.run("seeded")
STEP = 10


def parting(phase: str, *others: str, run: Run = RUN, step: int = STEP) -> Run:
    """Return the run with other bits in some phases of a step."""
    for each in (phase, *others):
        run = real.flip_step(run, step, run.record.trace.phases.index(each))
    return run


def elsewhere(run: Run, generator: str, row: int) -> Run:
    """Return the run with a generator that stands elsewhere from before step `row` on."""
    drawn = generator != "torch"  # from that each step draws already
    steps, ends, column = run.steps.copy(), run.ends.copy(), PHASES.index(f"random {generator}")
    steps[row:, column] += np.uint64(1000)
    if drawn:
        steps[:, column] += np.arange(len(steps), dtype=np.uint64)
    ends[ENDS.index(f"random {generator}")] += np.uint64(5000)
    return run.__class__(run.record, run.initial, steps, run.losses, ends)


def said(a: Run, b: Run, sources: list[Source] | None = None, tensor: str | None = None) -> str:
    place = first_difference(a, b)
    assert place is not None
    if tensor:
        place = place.model_copy(update={"tensor": tensor})
    return symptom(around(a, b, place), sources)


def test_equal_inputs_are_claimed_where_they_were_seen() -> None:
    text = said(RUN, parting("backward", "gradients"), [], "conv2.weight")
    assert text == (
        "first in the gradients of conv2.weight as they arrive at step 10; equal inputs, other "
        "bits: an operator in the backward pass is not deterministic"
    )
    assert "an operator in the forward pass" in said(RUN, parting("loss"), [])


def test_an_operator_is_not_sure_where_nobody_looked_for_sources() -> None:
    assert said(RUN, parting("loss")).endswith(
        "or takes from a source that no seed reaches (not looked for)"
    )
    clock = Source(kind="read", what="time.time()", place="a.py:3 in f", step=10, count=1)
    text = said(RUN, parting("loss"), [clock])
    assert text.endswith("or takes from what was seen; seen: time.time() (a.py:3 in f)")
    later = clock.model_copy(update={"step": 11})
    assert "seen" not in said(RUN, parting("loss"), [later]), "control: it acted afterwards"
    unsure = real.change(parting("loss"), trace={"unwatched": ["a thread"]})
    assert "equal inputs, as far as they were watched" in said(RUN, unsure, [])


def test_an_operator_is_not_blamed_alone_where_the_batch_was_not_watched() -> None:
    place = first_difference(RUN, parting("backward"))
    assert place is not None
    seen = around(RUN, parting("backward"), place)
    assert seen.given, "control: where it was, it is"
    text = symptom(replace(seen, given=False), [])
    assert text.endswith(
        "an equal loss of a batch that was not watched: its samples may stand in another order, or "
        "an operator in the backward pass is not deterministic"
    )


@pytest.mark.parametrize("phase", ["loss", "backward", "batch"])
def test_a_stray_draw_is_told_from_an_operator(phase: str) -> None:
    strayed = elsewhere(parting(phase), "torch", 6)
    text = said(RUN, strayed, [])
    assert "random state differs after step 5 (PyTorch's generator)" in text
    assert "an operator in the" not in text and "no seed reaches" not in text
    within = said(RUN, elsewhere(parting(phase), "torch", STEP + 1), [])
    assert within.endswith(
        "since the end of step 9 (PyTorch's generator): drawn from otherwise in that step"
    )
    after = said(RUN, elsewhere(parting(phase), "torch", STEP + 2), [])
    assert "random state" not in after, "control: it parted because of the difference"


def test_a_line_that_drew_first_where_a_generator_strayed_is_named() -> None:
    strayed = elsewhere(parting("batch"), "torch", 10)
    line = Source(
        kind="draw", what="PyTorch's generator: a loader", place="a.py:3 in f", step=9, count=1
    )
    assert said(RUN, strayed, [line]).endswith("generator: a loader (a.py:3 in f)")
    for change in ({"step": 3}, {"kind": "read"}, {"what": "Python's generator: shuffle(order)"}):
        other = line.model_copy(update=change)
        assert "seen" not in said(RUN, strayed, [other]), "control: before, no draw, another's"


def test_what_a_script_draws_before_its_first_backward_pass_may_be_of_its_first_step() -> None:
    line = Source(
        kind="draw", what="PyTorch's generator: noise", place="a.py:3 in f", step=-1, count=1
    )
    assert "seen: PyTorch's generator: noise" in said(
        RUN, elsewhere(parting("batch"), "torch", 1), [line]
    )
    assert "seen" not in said(RUN, elsewhere(parting("batch"), "torch", 2), [line]), "control"


def test_a_line_that_draws_from_what_was_never_seeded_is_named() -> None:
    apart = elsewhere(parting("batch"), "python", 0)
    line = Source(
        kind="draw", what="Python's generator: shuffle(order)", place="a.py:3 in f", step=9, count=1
    )
    assert said(RUN, apart, [line]).endswith(
        "from the start (Python's generator); seen: Python's generator: shuffle(order) (a.py:3 in "
        "f)"
    )
    other = line.model_copy(update={"what": "NumPy's generator: shuffle(order)"})
    assert "seen" not in said(RUN, apart, [other]), "control: that one stands alike"


def test_a_generator_that_no_step_draws_from_does_not_count() -> None:
    undrawn = parting("loss")
    steps, ends = undrawn.steps.copy(), undrawn.ends.copy()
    steps[:, PHASES.index("random numpy")] = 99
    ends[ENDS.index("random numpy")] = 99
    other = undrawn.__class__(undrawn.record, undrawn.initial, steps, undrawn.losses, ends)
    assert "an operator in the forward pass" in said(RUN, other, [])
    assert "from the start (NumPy's generator)" in said(RUN, elsewhere(undrawn, "numpy", 0), [])


def test_what_is_done_after_backward_is_not_called_backward() -> None:
    text = said(RUN, parting("gradients", "weights"), [], "conv2.weight")
    assert text.startswith(
        "first in the gradients of conv2.weight at step 10; after backward, before the optimizer's "
        "step; nothing that was watched explains it"
    )
    assert "; after backward; the weights of that step are equal" in said(RUN, parting("gradients"))
    left, right = parting("backward"), parting("backward", "gradients")
    for run in (left, right):
        run.steps[STEP, PHASES.index("backward")] = 0
    assert "after backward" not in said(left, right), "control: no backward pass was seen"


def test_what_stood_elsewhere_at_the_start_is_said_of_a_command_too() -> None:
    def command(run: Run) -> Run:  # generators of its own are not watched
        names = [name for name in PHASES if name != "random own"]
        steps = run.steps[:, [PHASES.index(name) for name in names]]
        ends = run.ends[[ENDS.index(name) for name in ENDS if name != "random own"]]
        record = real.change(run, trace={"phases": names}).record
        return run.__class__(record, run.initial, steps, run.losses, ends)

    a, b = command(RUN), command(elsewhere(real.flip_initial(RUN, 0), "torch", 0))
    assert said(a, b, []).endswith("standing elsewhere there, too: PyTorch's generator")
    control = said(a, command(real.flip_initial(RUN, 0)), [])
    assert control.endswith("where the random generators stood was not watched")


@pytest.mark.parametrize("phase", ["batch", "loss", "gradients", "weights"])
def test_older_records_say_what_was_not_watched(phase: str) -> None:
    text = said(OLD, parting(phase, run=OLD), [])
    assert text.endswith("; where the random generators stood was not watched")
    assert "equal inputs" not in text and "after backward" not in text


def test_the_start() -> None:
    other = real.flip_initial(RUN, 0)
    assert "PyTorch's generator stands alike there: drawn from elsewhere, " in said(RUN, other)
    text = said(RUN, elsewhere(other, "torch", 0))
    assert text.endswith("standing elsewhere there, too: PyTorch's generator")


def test_where_another_generator_stands_after_the_shorter_of_two_runs_is_no_stray_draw() -> None:
    text = said(RUN, cut(RUN, 50))
    assert text.startswith("first in the number of steps; nothing that was watched explains it")
    strayed = said(RUN, cut(elsewhere(RUN, "torch", 30), 50))
    assert "random state differs after step 29" in strayed, "control: before it is"


def test_what_an_operator_tells_is_not_guessed_beside_it() -> None:
    place = first_difference(RUN, parting("loss"))
    assert place is not None
    seen = around(RUN, parting("loss"), place)
    assert symptom(seen, [], told=True) == "first in the loss at step 10"
    strayed = elsewhere(parting("loss"), "torch", STEP)
    told = symptom(around(RUN, strayed, place), [], told=True)
    assert "random state differs after step 9" in told, "control: what was seen stays"


def test_of_the_first_step_nobody_knows_the_state_before_it() -> None:
    later = said(RUN, parting("weights"))
    assert later.endswith("the gradients of that step, and the state before it, are equal"), later
    first = said(RUN, parting("weights", step=0))
    assert first.endswith("the gradients of that step are equal")


def test_two_setups_blame_no_operator() -> None:
    a, b = RUN, elsewhere(parting("batch"), "torch", STEP)
    for x, y in ((a, parting("loss")), (a, real.flip_initial(a, 0))):
        place = first_difference(x, y)
        assert place is not None
        assert ";" not in symptom(around(x, y, place), None, changed=True)
    start = real.flip_initial(elsewhere(a, "torch", 0), 0)
    place = Difference(phase="initial weights")
    assert symptom(around(a, start, place), None, changed=True) == (
        "first in the initial weights; standing elsewhere there, too: PyTorch's generator"
    ), "what was drawn before the start is no operator's"
    place = Difference(phase="batch", step=STEP)
    text = symptom(around(a, b, place), None, changed=True)
    assert text == (
        "first in the batch at step 10; random state differs after step 9 (PyTorch's generator), "
        "while all else was equal: a stray draw, not an operator"
    )


def test_where_a_seed_may_come_from_is_said_beside_who_draws_first() -> None:
    start = elsewhere(RUN, "torch", 0)
    left, right = real.flip_initial(RUN, 0), real.flip_initial(start, 1)
    draw, read = (
        Source(kind=kind, what=what, place="train.py:3", step=-1, count=1)
        for kind, what in (("draw", "PyTorch's generator: model = Linear"), ("read", "time.time()"))
    )
    place = Difference(phase="initial weights")
    text = symptom(around(left, right, place), [draw, read])
    assert "seen: PyTorch's generator: model = Linear (train.py:3)" in text
    assert text.endswith("; what it reads from outside, for whatever use: time.time() (train.py:3)")
    named = draw.model_copy(update={"kind": "entropy"})
    control = symptom(around(left, right, place), [named, read])
    assert "whatever use" not in control, "a fault says it all"


def test_what_was_seen_takes_the_place_of_guesses() -> None:
    late = Source(kind="late variable", what="A is set late", place="a.py:3 in f", step=-1, count=1)
    text = said(RUN, parting("batch"), [late])
    assert text == "first in the batch at step 10; seen: A is set late (a.py:3 in f)"
    control = said(RUN, parting("batch"), [late.model_copy(update={"kind": "read"})])
    assert "nothing that was watched explains it" in control
    assert control.endswith(
        "; what it reads from outside, for whatever use: A is set late (a.py:3 in f)"
    )
    assert "from outside" not in text, "where something is named that is a fault"
    start = said(RUN, real.flip_initial(RUN, 0), [late])
    assert "PyTorch's generator stands alike there; seen: A is set late" in start


def test_an_order_of_results_is_named_where_nothing_else_tells() -> None:
    race = Source(kind="race", what="as_completed(fs)", place="a.py:3 in f", step=9, count=1)
    text = said(RUN, parting("batch"), [race])
    assert text == "first in the batch at step 10; seen: as_completed(fs) (a.py:3 in f)"
    read = race.model_copy(update={"kind": "read", "what": "time.time()"})
    assert said(RUN, parting("batch"), [race, read]).endswith(
        "for whatever use: time.time() (a.py:3 in f)"
    )
    clock = read.model_copy(update={"kind": "entropy"})
    later = race.model_copy(update={"step": 11})
    for run, sources in (
        (parting("batch"), [race, clock]), (parting("batch"), [later]),
        (elsewhere(parting("batch"), "torch", 6), [race]),
    ):  # fmt: skip
        assert "as_completed" not in said(RUN, run, sources), "control"


def resumed(run: Run) -> Run:
    """Return the run as if its own save and load had brought it into a new process at the step."""
    asked = run.record.run.model_copy(update={"resume": STEP})
    return real.change(run, run=asked, resumed="own")


def test_a_new_process_has_other_generators_and_draws_from_none() -> None:
    jump = parting("batch")
    steps, ends = jump.steps.copy(), jump.ends.copy()
    column, end = PHASES.index("random numpy"), ENDS.index("random numpy")
    steps[:, column] = 7
    steps[STEP + 1 :, column] = ends[end] = 99
    other = resumed(jump.__class__(jump.record, jump.initial, steps, jump.losses, ends))
    assert "NumPy's generator" not in said(RUN, other, [])
    assert "NumPy's generator" in said(RUN, real.change(other, resumed=None), []), "control"
    strayed = said(RUN, resumed(elsewhere(parting("batch"), "torch", STEP + 1)), [])
    assert "since the new process (PyTorch's generator): the program's own save and" in strayed
    jumped = resumed(elsewhere(parting("batch"), "torch", STEP + 1))
    unsure = said(RUN, real.change(jumped, trace={"unwatched": ["numbers: sampler.epoch"]}), [])
    assert unsure.endswith("do not put it back; nor watched: numbers: sampler.epoch")
