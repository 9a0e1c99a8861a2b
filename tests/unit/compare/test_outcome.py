"""Records of version 3: each planted fault is found in its phase, equal runs pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.support import real
from workflows.compare.difference import Difference, earliest, equal, first_difference, length
from workflows.compare.letters import letters
from workflows.compare.outcome import on_common, outcome, unwatched
from workflows.compare.verdict import judge
from workflows.runs.record import Run
from workflows.runs.watched import ENDS, PHASES, RANDOM, FileLeft

RUN = "run-20261125-10000"
EVENTS = "events.out.tfevents"
STATES = ("initial state", "final state")


def repeats() -> list[Run]:
    return [real.watched(run) for run in real.runs("seeded")]


def flip_end(run: Run, name: str) -> Run:
    ends = run.ends.copy()
    ends[ENDS.index(name)] ^= np.uint64(1)
    return replace(run, ends=ends)


def left(sha256: str = "a" * 64, **parts: str) -> FileLeft:
    return FileLeft(sha256=sha256, size=1, kind="torch" if parts else None, parts=parts or None)


def found(fault: Run) -> Difference | None:
    """Return where the second of three repeats parts; verdict, letters and digests must agree."""
    runs = repeats()
    runs[1] = real.change(fault, run=runs[1].record.run)
    verdict = judge(runs)
    assert (verdict.verdict == "identical") == (verdict.distinct == 1) == equal(runs)
    assert len(set(letters(runs).values())) == verdict.distinct
    return verdict.first_difference


@pytest.mark.parametrize("phase", [name for name in PHASES if name not in RANDOM])
@pytest.mark.parametrize("step", [0, 99])
def test_one_bit_in_any_phase_is_found_there(phase: str, step: int) -> None:
    place = found(real.flip_step(repeats()[1], step, PHASES.index(phase)))
    assert str(place) == f"{phase} at step {step}"


def test_control_equal_runs_of_version_3_are_identical() -> None:
    verdict = judge(repeats())
    assert (verdict.verdict, verdict.repeats, verdict.notes) == ("identical", 3, [])
    assert verdict.ended_after is None


@pytest.mark.parametrize("phase", STATES)
def test_one_bit_of_the_state_at_an_end_is_found(phase: str) -> None:
    assert str(found(flip_end(repeats()[1], phase))) == phase


def test_other_bytes_of_the_final_state_are_found() -> None:
    assert str(found(real.change(repeats()[1], trace={"final_state": "e" * 64}))) == "final state"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"printed": ["99 10.7"]}, "printed (line 1)"),
        ({"printed": []}, "printed (line 1)"),
        ({"printed": [*real.run().record.printed, "acc 0.5"]}, "printed (line 2)"),
        ({"printed_errors": ["random 0.25"]}, "printed errors (line 1)"),
        ({"files": {"ckpt.pt": left()}}, "files (ckpt.pt)"),
    ],
)
def test_what_it_prints_and_writes_counts(fields: dict[str, Any], words: str) -> None:
    assert str(found(real.change(repeats()[1], **fields))) == words


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        ({"a.pt": left(w="1")}, {"a.pt": left(w="2")}, "files (a.pt: w)"),
        ({"a.pt": left(v="1", w="1")}, {"a.pt": left(v="1")}, "files (a.pt: w)"),
        ({"a.bin": left("1")}, {"a.bin": left("2")}, "files (a.bin)"),
        ({"a.pt": left(w="1")}, {"a.pt": left("2")}, "files (a.pt)"),
        ({"a.pt": left(), "b.pt": left()}, {"a.pt": left()}, "files (b.pt)"),
        ({f"{RUN}1/a": left("1")}, {f"{RUN}2/a": left("2")}, f"files ({RUN}1/a)"),
    ],
)
def test_files_differ_by_bytes_or_by_parts(
    ours: dict[str, FileLeft], theirs: dict[str, FileLeft], words: str
) -> None:
    runs = [
        real.change(run, files=files) for run, files in zip(repeats(), (ours, theirs), strict=False)
    ]
    verdict = judge(runs)
    assert verdict.verdict == "differs" and str(verdict.first_difference).startswith(words)


def test_control_other_bytes_with_equal_parts_are_a_note() -> None:
    files = [{"ckpt.pt": left(byte * 64, w="1")} for byte in "abc"]
    runs = [real.change(run, files=f) for run, f in zip(repeats(), files, strict=True)]
    verdict = judge(runs)
    assert (verdict.verdict, verdict.distinct) == ("identical", 1)
    assert verdict.notes == ["other bytes, equal parts in ckpt.pt"]


def test_other_bytes_are_told_where_what_is_printed_of_them_differs() -> None:
    runs = [
        real.change(run, printed=[f"sha256 {byte}"], files={"ckpt.pt": left(byte * 64, w="1")})
        for run, byte in zip(repeats(), "abc", strict=True)
    ]
    verdict = judge(runs)
    assert (verdict.verdict, str(verdict.first_difference)) == ("differs", "printed (line 1)")
    assert verdict.notes == ["other bytes, equal parts in ckpt.pt"]
    other = real.change(runs[1], files={"ckpt.pt": left("d" * 64, w="2")})
    assert judge([runs[0], other]).notes == [], "control: other parts"


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("m-094503.pt", "m-101559.pt", False), ("m_09-45-03.pt", "m_10-15-59.pt", True),
        ("m-2026-11-26.pt", "m-2026-11-27.pt", True), ("m1795684982.pt", "m1795684983.pt", False),
        ("m_20261126_094503.pt", "m_20261126_101559.pt", True),
        ("m_20261126T094503.pt", "m_20261126T101559.pt", True),
        ("runs/1795684982/m.pt", "runs/1795684983/m.pt", True),
        ("r/1795723717.501/x", "r/1795723720.25/x", True),
        (f"{EVENTS}.1795723717.vm.18971.0", f"{EVENTS}.1795723720.b.c.19.0", True),
        (f"{EVENTS}.1795723717.vm.18971.0", f"{EVENTS}.1795723717.vm.18971.1", False),
        ("wandb/run-20261126_094503-k3j2x9ab/x", "wandb/run-20261126_101559-0c9aee19/x", True),
        ("tmp88n4aqsa/a.pt", "tmptp589_16/a.pt", True),
        ("tmp88n4aqsa/a.pt", "tmptp589_16/b.pt", False),
        ("tmp-1/a.pt", "tmp-2/a.pt", False), ("tmpbest_03_x/a", "tmpbest_04_x/a", False),
        ("acc-094503.pt", "acc-101559.pt", False), ("m-0.094503.pt", "m-0.101559.pt", False),
        ("m-12.pt", "m-13.pt", False), ("m-996503.pt", "m-996504.pt", False),
    ],
)  # fmt: skip
def test_a_file_named_by_the_clock_is_one_file(one: str, two: str, same: bool) -> None:
    runs = [
        real.change(run, files={name: left(w="1")})
        for run, name in zip(repeats(), (one, two), strict=False)
    ]
    assert (judge(runs).verdict == "identical") is same
    other = real.change(runs[1], files={two: left(w="2")})
    assert judge([runs[0], other]).verdict == "differs", "what it holds counts"


def test_control_files_in_folders_named_by_the_time_are_matched_by_what_they_hold() -> None:
    one = {f"{RUN}1/f": left("1"), f"{RUN}2/f": left("2")}
    two = {f"{RUN}3/f": left("2"), f"{RUN}4/f": left("1")}
    runs = [real.change(r, files=f) for r, f in zip(repeats(), (one, two), strict=False)]
    assert judge(runs).verdict == "identical"


def test_a_number_of_steps_known_only_afterwards_is_a_length() -> None:
    runs = [ended(run, 48) for run in repeats()]
    verdict = judge(runs)
    assert (verdict.verdict, verdict.ended_after) == ("identical", 48)
    runs[2] = ended(repeats()[2], 50)
    verdict = judge(runs)
    assert verdict.verdict == "differs" and verdict.ended_after is None
    assert verdict.first_difference == length(48, 50)
    assert (
        verdict.first_difference and verdict.first_difference.sides == "48 steps against 50 steps"
    )


def ended(run: Run, steps: int) -> Run:
    """Return what a program leaves that ends by itself after so many steps and prints nothing."""
    trace = {"steps": steps, "final_weights": f"{steps:064}"}
    return real.change(run, trace=trace, printed=[]).rows(slice(steps))


def test_causal_order_over_all_phases() -> None:
    run = repeats()[0]
    final = flip_end(run, "final state")
    both = real.change(real.change(final, printed=["x"]), files={"f": left()})
    assert str(first_difference(run, both)) == "final state"
    state = real.flip_step(real.flip_step(both, 7, PHASES.index("state")), 8, PHASES.index("batch"))
    assert str(first_difference(run, state)) == "state at step 7"
    assert str(first_difference(run, flip_end(state, "initial state"))) == "initial state"
    order = [
        Difference(phase="initial weights"), Difference(phase="initial state"),
        Difference(phase="state", step=3), Difference(phase="batch", step=4),
        Difference(phase="length", step=5),
        Difference(phase="files"), Difference(phase="printed", line=1),
    ]  # fmt: skip
    for index, each in enumerate(order):
        assert earliest(order[index:][::-1]) == each


def test_a_generator_by_itself_makes_no_verdict_but_a_note() -> None:
    runs = repeats()
    steps = runs[1].steps.copy()
    steps[4:, PHASES.index("random torch")] += np.uint64(50)
    runs[1] = replace(runs[1], steps=steps)
    verdict = judge(runs)
    assert (verdict.verdict, verdict.distinct) == ("identical", 1)
    assert verdict.notes == ["PyTorch's generator stands elsewhere after step 3"]


def test_a_generator_that_stands_elsewhere_at_the_end_is_named() -> None:
    runs = repeats()
    runs[2] = flip_end(runs[2], "random torch")
    assert judge(runs).notes == ["PyTorch's generator stands elsewhere after step 99"]


def test_control_a_generator_that_no_step_draws_from_does_not_count() -> None:
    runs = repeats()
    steps, ends = runs[1].steps.copy(), runs[1].ends.copy()
    steps[:, PHASES.index("random python")] = 99  # seeded by the system, never used
    ends[ENDS.index("random python")] = 99
    runs[1] = replace(runs[1], steps=steps, ends=ends)
    assert judge(runs).notes == []
    drawn = steps.copy()
    drawn[50:, PHASES.index("random python")] = 100
    runs[1] = replace(runs[1], steps=drawn)
    assert judge(runs).notes == ["Python's generator stands elsewhere from the start"]


@pytest.mark.parametrize(("value", "word"), [(np.nan, "nan"), (np.inf, "inf")])
def test_a_loss_that_is_no_number_is_said(value: float, word: str) -> None:
    runs = repeats()
    for index, run in enumerate(runs):
        losses = run.losses.copy()
        losses[5:] = value
        runs[index] = replace(run, losses=losses)
    assert judge(runs).notes == [f"the loss is {word} at step 5"]


def test_what_was_not_watched_is_said() -> None:
    runs = repeats()
    runs[0] = real.change(runs[0], trace={"unwatched": ["local numbers: best"]})
    verdict = judge(runs)
    assert (verdict.verdict, verdict.notes) == ("identical", ["not watched: local numbers: best"])
    runs[0] = real.change(runs[0], trace={"unwatched": ["numbers: a, b, c, d, e"]})
    assert judge(runs).notes == ["not watched: numbers: a, b, c and 2 more"]


def test_old_and_new_records_are_compared_on_what_both_watched() -> None:
    old, new = real.run("seeded", 0), repeats()[1]
    reduced = on_common([old, new])
    assert [outcome(run) for run in reduced] == [outcome(old)] * 2
    assert unwatched([old, new]) == [
        "backward", "state", "the state at both ends", "files", "standard error",
    ]  # fmt: skip
    verdict = judge([old, new])
    assert verdict.verdict == "identical"
    assert verdict.notes == [
        "not compared, as not every run watched it: backward, state, the state at both ends, "
        "files, standard error"
    ]
    for column, phase in enumerate(old.record.trace.phases):
        fault = judge([old, real.flip_step(new, 9, PHASES.index(phase))])
        assert str(fault.first_difference) == f"{phase} at step 9"
        assert judge([real.flip_step(old, 9, column), new]).distinct == 2
    unseen = real.flip_step(flip_end(new, "final state"), 9, PHASES.index("state"))
    assert judge([old, unseen]).verdict == "identical"
    assert judge([old, new, unseen]).verdict == "identical", "all on what each of them watched"
    assert judge([new, unseen]).verdict != "identical", "control: both watched it"


def test_the_outcome_of_an_old_record_is_what_it_always_was() -> None:
    known = "045e510012021641c545931369d7cd21b3cf0cadcf41c1730567750163122d9c"
    assert outcome(real.run("seeded", 0)) == known


@pytest.mark.parametrize(
    ("key", "one", "two", "same"),
    [
        ("time", "1795723717.5", "1795723720.25", True), ("seconds", "3.25", "3.5", True),
        ("saved_at", "'2026-11-26T20:18:24.5'", "'2026-11-26T20:18:28.25'", True),
        ("meta.pid", "6095", "6354", True), ("loss", "3.25", "3.5", False),
        ("epoch", "3", "4", False), ("time", "17", "18", False), ("best", "'a'", "'b'", False),
    ],
)  # fmt: skip
def test_a_checkpoints_clock_is_told_from_its_results(
    key: str, one: str, two: str, same: bool
) -> None:
    runs = [
        real.change(run, files={"m.pt": left(byte * 64, w="1", **{key: f"= {value}"})})
        for run, byte, value in zip(repeats(), "ab", (one, two), strict=False)
    ]
    verdict = judge(runs)
    assert (verdict.verdict == "identical") is same
    where = None if same else f"files (m.pt: {key})"
    assert (verdict.first_difference and str(verdict.first_difference)) == where
    assert verdict.notes == (["other bytes, equal parts in m.pt"] if same else [])
