"""What two record files alone tell of a difference, and what the command says of it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import finished, real, tensors
from tests.support.answers import CATALOGUE
from workflows.common.errors import UserError
from workflows.common.files import write_json
from workflows.common.sums import sha256
from workflows.compare.close_look import Closer, Rerun
from workflows.compare.difference import Difference, cut, first_difference, parting
from workflows.compare.growth import of_traces
from workflows.compare.text import describe, report
from workflows.runs.laboratory import Laboratory
from workflows.runs.record import Run, dense
from workflows.runs.watched import PHASES, Source
from workflows.studies.differences import rerun
from workflows.studies.differences.run import look


def save(run: Run, path: Path, kept: dict[str, np.ndarray] | None = None) -> Path:
    """Write a record with its trace and, if there are any, its kept tensors."""
    trace: dict[str, Any] = {}
    if kept is not None:
        tensors.write(kept, dense(path))
        trace = {"dense_sha256": sha256(dense(path)), "tensors": tensors.WEIGHTS}
        run = replace(run, initial=run.initial[:3])
    np.savez(path.with_suffix(".npz"), initial=run.initial, steps=run.steps, losses=run.losses)
    run = real.change(run, trace={**trace, "sha256": sha256(path.with_suffix(".npz"))})
    write_json(path, run.record.model_dump(mode="json"))
    return path


def test_control_equal_runs() -> None:
    found = look(real.path("seeded", 0), [real.path("seeded", 1), real.path("seeded", 2)])
    assert (found.difference, found.reason, found.losses) == (None, None, [])
    assert found.right == "host/cpu/toy/seeded/baseline/2"
    assert describe(found).endswith("\nno difference")


def test_noise_of_ones_own_is_no_difference(tmp_path: Path) -> None:
    folder = tmp_path / "results" / "runs"
    folder.mkdir(parents=True)
    runs = [real.change(real.run(repeat=i), printed=[f"node n{i}"]) for i in range(2)]
    left, right = (save(run, folder / f"{i}.json") for i, run in enumerate(runs))
    assert look(left, [right]).difference is not None, "control"
    assert look(left, [right], noise=(("the node", r"\bn\d+\b"),)).difference is None
    assert report(left, right)[1], "control: no experiment says so"
    experiment = {
        **finished.planned().experiment.model_dump(mode="json"),
        "noise": {"a node": r"\bn\d+\b"},
    }
    write_json(tmp_path / "results" / "experiment.json", experiment)
    assert report(left, right) == (
        "what else differs: nothing that is recorded\n"
        "identical: 100 steps, initial to final weights, and what was printed\n"
        "printed lines differ in: a node (line 1)",
        False,
    )
    write_json(tmp_path / "results" / "experiment.json", {**experiment, "noise": {"a": "x"}})
    assert report(left, right)[1]


def test_the_first_of_several_that_differs_is_taken(tmp_path: Path) -> None:
    others = [real.run("seeded", i) for i in (1, 1, 2)]
    others[1], others[2] = real.flip_step(others[1], 70, 1), real.flip_step(others[2], 20, 0)
    paths = [save(run, tmp_path / f"{i}.json") for i, run in enumerate(others)]
    found = look(real.path("seeded", 0), paths)
    assert found.difference == Difference(phase="loss", step=70)
    assert [row.step for row in found.losses] == [70, 71, 80, 99]


def test_growth_of_the_loss_is_measured_from_the_first_difference(tmp_path: Path) -> None:
    a = real.run()
    losses = a.losses.copy()
    losses[51:] *= 1 + 2**-20
    b = replace(real.flip_step(a, 50, 3), losses=losses)
    rows = of_traces(a, b, 50)
    assert [(row.later, row.step) for row in rows] == [(0, 50), (1, 51), (10, 60), (49, 99)]
    sizes = [row.loss for row in rows if row.loss]
    assert [size.differing for size in sizes] == [0, 1, 1, 1]
    assert sizes[1].relative == pytest.approx(2**-20, rel=1e-3) and sizes[1].ulp is None
    text = describe(look(real.path("seeded", 0), [save(b, tmp_path / "b.json")]))
    table = [line.split() for line in text.splitlines()[-4:]]
    assert table[0] == ["+0", "50", "0"] and table[1] == ["+1", "51", "9.5e-07"]


def test_a_loss_that_is_not_finite_is_said_to_be(tmp_path: Path) -> None:
    a = real.run()
    losses = a.losses.copy()
    losses[60:] = np.nan
    found = look(
        real.path("seeded", 0),
        [save(replace(real.flip_step(a, 50, 2), losses=losses), tmp_path / "b.json")],
    )
    assert "not finite" in describe(found)
    assert "NaN" not in json.dumps(found.model_dump(mode="json"))


@pytest.mark.parametrize("phase", ["printed", "final weights"])
def test_a_difference_after_the_last_step_has_no_size(tmp_path: Path, phase: str) -> None:
    run = real.run()
    changed = (
        real.change(run, printed=["99 10.6"])
        if phase == "printed"
        else real.change(run, trace={"final_weights": "0" * 64})
    )
    found = look(real.path("seeded", 0), [save(changed, tmp_path / "b.json")])
    assert found.difference is not None and found.difference.phase == phase
    assert (found.losses, found.growth, found.located) == ([], [], None)


@pytest.mark.parametrize("status", ["failed", "refused", "not-run"])
def test_runs_that_did_not_complete_are_left_out_with_their_reason(
    tmp_path: Path, status: str
) -> None:
    bad = save(real.change(real.run(), status=status, reason="why"), tmp_path / "b.json")
    alone = look(real.path("seeded", 0), [bad])
    assert alone.difference is None and alone.right is None
    assert alone.reason is not None and alone.reason.endswith(f"{status}: why")
    with_others = look(real.path("seeded", 0), [bad, real.path("seeded", 1)])
    assert with_others.reason is None and with_others.right is not None
    assert len(with_others.left_out) == 1 and "left out: " in describe(with_others)
    left = look(bad, [real.path("seeded", 0)])
    assert left.reason is not None and left.reason.endswith(f"{status}: why")


def test_other_lengths_and_untraced_runs_are_not_called_equal(tmp_path: Path) -> None:
    run = real.run()
    longer = run.record.run.model_copy(update={"steps": 200})
    record = run.record.model_copy(update={"run": longer, "status": "failed", "reason": "ended"})
    path = save(replace(run, record=record), tmp_path / "b.json")
    assert look(real.path("seeded", 0), [path]).reason is not None
    timed = run.record.run.model_copy(update={"traced": False})
    empty = replace(
        run,
        record=run.record.model_copy(
            update={"run": timed, "trace": run.record.trace.model_copy(update={"steps": 0})}
        ),
        steps=run.steps[:0], losses=run.losses[:0], initial=run.initial,
    )  # fmt: skip
    path = save(empty, tmp_path / "c.json")
    assert "not traced" in (look(path, [path]).reason or "")
    with pytest.raises(UserError, match="not traced"):
        report(path, path)


def test_tensors_beside_the_records_name_the_place(tmp_path: Path) -> None:
    run = real.run()
    faulty = tensors.arrays()
    tensors.nudge(faulty, "3/gradients/first.weight")
    tensors.nudge(faulty, "3/gradients/last.weight")
    a = save(run, tmp_path / "a.json", tensors.arrays())
    b = save(real.flip_step(run, 3, 2), tmp_path / "b.json", faulty)
    found = look(a, [b])
    assert found.located is not None and found.rerun is None
    assert found.located.place == Difference(phase="gradients", step=3, tensor="last.weight")
    command = [sys.executable, "-m", "workflows.compare", str(a), str(b)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    _, *lines = done.stdout.splitlines()
    assert lines[0] == "differs first: gradients at step 3; they print alike"
    assert lines[1] == "named: gradients at step 3 (last.weight)"
    assert lines[2].startswith("size there: 1 of 8 elements differ, by 1 ULP at most")
    dense(b).write_bytes(dense(a).read_bytes())
    damaged = look(a, [b])
    assert damaged.difference is None
    why = "/b: its tensors: is not what its record names (SHA-256 differs)"
    for found in (damaged, look(b, [a])):
        assert found.reason is not None and found.reason.endswith(why)


def test_a_cut_run_is_compared_up_to_its_end() -> None:
    run = real.run()
    late = real.flip_step(run, 60, 1)
    assert parting(cut(run, 60), late) is None
    assert parting(cut(run, 61), late) == Difference(phase="loss", step=60)


def test_every_outcome_of_a_re_run_has_words() -> None:
    place = Difference(phase="loss", step=4)
    closer = Closer(left="a", right="b", difference=place)

    def words(**fields: Any) -> str:
        return describe(closer.model_copy(update={"rerun": Rerun(**fields)}))

    both = {"left_repeated": True, "right_repeated": False, "right": place, "steps": 9}
    assert "not possible: no image" in words(outcome="not possible", reason="no image")
    again = words(outcome="shown again at the same place", seen=[place], **both)
    assert "same place: loss at step 4" in again
    assert "right side did not repeat itself; parts from its first run: loss at step 4" in again
    assert "agree over all 9 steps" in words(outcome="not shown again", seen=[None], **both)
    moved = words(outcome="shown elsewhere", seen=[place, None], **both)
    assert "shown elsewhere: loss at step 4, then at none" in moved


def test_what_only_the_end_shows_is_observed_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = (real.change(real.run(), printed=[f"accuracy 0.{i}"]) for i in range(2))
    seen = Source(kind="dropout", what="active", place="a.py:3 in f", step=99, count=1)
    asked: list[Any] = []
    observed: list[bool] = []

    def obtained(run: Any, _target: Path, where: Laboratory, _catalogue: Any) -> Run:
        asked.append(run.dense)
        observed.append(where.observe)
        return real.change(a if len(asked) == 1 else b, sources=[seen])

    monkeypatch.setattr(rerun, "_obstacle", lambda *_: None)
    monkeypatch.setattr(rerun, "obtain", obtained)
    where = Laboratory(image=Path(), minutes=1)
    bench = rerun.Bench(where, where, CATALOGUE, Path())
    place = first_difference(a, b)
    assert place is not None and place.phase == "printed"
    again = rerun.rerun(a, b, place, bench)
    assert asked == [[], []], "no step is the last but the program's own"
    assert again.report.outcome == "shown again at the same place"
    assert again.sources == [seen]
    planted = b.record.run.model_copy(update={"flip": 5})
    assert rerun.rerun(a, real.change(b, run=planted), place, bench).sources == [seen]
    assert observed == [True, True, False, False], "a planted bit has no other cause"


def test_draws_that_are_alike_count_where_their_generator_stands_elsewhere() -> None:
    a, b = real.watched(real.run()), real.watched(real.run())
    line = Source(kind="draw", what="Python's generator: f()", place="a.py:3", step=0, count=1)
    other = line.model_copy(update={"what": "NumPy's generator: g()"})
    b.steps[:, PHASES.index("random python")] += np.arange(1, len(b.steps) + 1, dtype=np.uint64)
    sides = [real.change(run, sources=[line, other]) for run in (a, b)]
    assert rerun._sources(*sides) == [line]
    assert rerun._sources(sides[0], sides[0]) == [], "control: all stand alike"
    less = real.change(b, sources=[line])
    assert rerun._sources(sides[0], less) == [line, other], "control: one side alone drew"
