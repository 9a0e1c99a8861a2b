"""Published runs held against runs here: planted differences are named, equal runs pass."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import finished, real
from workflows.common.errors import UserError
from workflows.publication import traces
from workflows.publication.check.opened import opened
from workflows.publication.traces import Reference, kept
from workflows.publication.verify.__main__ import chosen
from workflows.publication.verify.answers import judge
from workflows.publication.verify.model import Checked
from workflows.publication.verify.scratch import Scratch
from workflows.runs.record import Run
from workflows.runs.watched import PHASES


def reference(run: Run) -> Reference:
    """Return a run as if all of its trace had been published."""
    at = np.arange(len(run.steps), dtype=np.int64)
    return Reference(at, run)


def brief(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Reference:
    """Return a run as its brief trace: of 100 steps the first ten and each twentieth."""
    monkeypatch.setattr(traces, "FIRST", 10)
    monkeypatch.setattr(traces, "EVERY", 20)
    path = folder / "brief.npz"
    path.write_bytes(traces.brief(run))
    return traces.read(path, run.record, brief=True)


def shortened(run: Run, steps: int) -> Run:
    """Return what a run of fewer steps would have left."""
    asked = run.record.run.model_copy(update={"steps": steps})
    trace = run.record.trace.model_copy(update={"steps": steps, "final_weights": "f" * 64})
    record = run.record.model_copy(update={"run": asked, "trace": trace, "printed": []})
    return replace(run.rows(slice(steps)), record=record)


def answer(published: Reference, *here: Run) -> Checked:
    return judge("cell", published, list(here), [])


def test_an_equal_run_is_reproduced() -> None:
    found = answer(reference(real.run()), real.run(repeat=1), real.run(repeat=2))
    assert (found.answer, found.runs, found.steps, found.notes) == ("reproduced", 2, 100, [])
    assert str(found) == "cell: reproduced bit for bit (100 steps compared, 2 runs)"


@pytest.mark.parametrize("step", [0, 42, 99])
@pytest.mark.parametrize(
    ("column", "phase"), [*enumerate(["batch", "loss", "gradients", "weights"])]
)
def test_a_planted_bit_is_named(step: int, column: int, phase: str) -> None:
    found = answer(
        reference(real.run()), real.run(repeat=1), real.flip_step(real.run(), step, column)
    )
    # The lines that it printed are those of the untouched run.
    assert found.answer == "prints-alike"
    assert str(found.first_difference) == f"{phase} at step {step}"


def test_a_planted_initial_weight_is_named() -> None:
    found = answer(reference(real.run()), real.flip_initial(real.run(), 2))
    assert str(found.first_difference) == "initial weights (2.weight)"


def test_nothing_compared_is_nothing_reproduced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = brief(real.run(), tmp_path, monkeypatch)
    none = replace(published, at=published.at[-1:], run=published.run.rows(slice(-1, None)))
    found = answer(none, shortened(real.run(), 20))
    assert (found.answer, found.reason) == ("cannot-run", "no published step was compared")


def test_a_run_that_failed_hides_no_difference() -> None:
    failed = real.change(real.run(), status="failed", reason="killed")
    assert answer(reference(real.run()), real.run("unseeded"), failed).answer == "differs"


def test_an_old_publication_is_compared_on_what_both_watched() -> None:
    found = answer(reference(real.run()), real.watched(real.run(repeat=1)))
    assert found.answer == "reproduced"
    assert found.notes == [
        "not compared, as one of them did not watch it: backward, state, the state at both ends, "
        "files, standard error"
    ]
    fault = real.flip_step(real.watched(real.run(repeat=1)), 9, PHASES.index("gradients"))
    assert str(answer(reference(real.run()), fault).first_difference) == "gradients at step 9"


def test_a_new_publication_is_compared_on_everything() -> None:
    published = reference(real.watched(real.run()))
    here = real.watched(real.run(repeat=1))
    assert answer(published, here) == answer(reference(real.run()), real.run(repeat=1)), "control"
    state = real.flip_step(here, 9, PHASES.index("state"))
    assert str(answer(published, state).first_difference) == "state at step 9"
    errors = real.change(here, printed_errors=["0.5"])
    assert str(answer(published, errors).first_difference) == "printed errors (line 1)"
    assert answer(published, errors).answer == "differs"
    timed = [real.change(run, printed=[f"done, {i}.5 s"]) for i, run in enumerate((here, here))]
    [note] = answer(reference(timed[0]), timed[1]).notes
    assert note == "printed lines differ in: a duration (line 1)"


@pytest.mark.parametrize(("there", "here"), [(48, 50), (50, 48)])
def test_a_program_that_ends_elsewhere_differs_in_length(there: int, here: int) -> None:
    def ended(steps: int) -> Run:
        trace = {"steps": steps, "final_weights": f"{steps:064}"}
        return real.change(real.watched(real.run()), trace=trace).rows(slice(steps))

    found = answer(reference(ended(there)), ended(here))
    assert str(found.first_difference) == "length at step 48"
    assert answer(reference(ended(there)), ended(there)).answer == "reproduced", "control"


def test_a_shorter_run_of_version_3_is_compared_as_far_as_it_goes() -> None:
    published, short = reference(real.watched(real.run())), shortened(real.watched(real.run()), 20)
    assert answer(published, short).answer == "reproduced"
    fault = real.flip_step(short, 9, PHASES.index("state"))
    assert str(answer(published, fault).first_difference) == "state at step 9"


def test_an_unseeded_run_differs() -> None:
    found = answer(reference(real.run()), real.run("unseeded"))
    assert found.answer == "differs"
    assert "differs first at initial weights (0.weight)" in str(found)


def test_other_lines_alone_are_no_reproduction() -> None:
    found = answer(reference(real.run()), real.change(real.run(), printed=["99 1.0"]))
    assert (found.answer, str(found.first_difference)) == ("differs", "printed (line 1)")


def test_other_final_weights_alone_are_no_reproduction() -> None:
    found = answer(
        reference(real.run()), real.change(real.run(), trace={"final_weights": "0" * 64})
    )
    assert (found.answer, str(found.first_difference)) == ("prints-alike", "final weights")


def test_a_brief_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published = brief(real.run(), tmp_path, monkeypatch)
    assert published.at.tolist() == [*range(10), 10, 30, 50, 70, 90, 99]
    assert answer(published, real.run(repeat=1)).answer == "reproduced"
    seen = answer(published, real.flip_step(real.run(), 50, 2))
    assert str(seen.first_difference) == "gradients at step 50", "steps are those of the run"
    # Between the published steps a lone bit is not seen, but training does not forget.
    lone = real.flip_step(real.run(), 51, 2)
    assert answer(published, lone).answer == "reproduced"
    onward = replace(lone, steps=np.concatenate([lone.steps[:51], lone.steps[51:] ^ np.uint64(1)]))
    assert str(answer(published, onward).first_difference) == "batch at step 70"


@pytest.mark.parametrize("steps", [1, 250, 251, 350, 1000, 25_000])
def test_kept_steps(steps: int) -> None:
    found = kept(steps).tolist()
    assert found == sorted(set(found)) and found[-1] == steps - 1
    assert found[: min(steps, 250)] == [*range(min(steps, 250))]


def test_a_shorter_run_is_held_against_the_beginning() -> None:
    published = reference(real.run())
    found = answer(published, shortened(real.run(repeat=1), 20))
    assert (found.answer, found.steps) == ("reproduced", 20)
    planted = shortened(real.flip_step(real.run(), 19, 3), 20)
    assert str(answer(published, planted).first_difference) == "weights at step 19"


def test_a_run_that_stopped_early_is_no_shorter_one() -> None:
    short = shortened(real.run(), 20)
    record = short.record.model_copy(update={"run": real.run().record.run})
    assert answer(reference(real.run()), replace(short, record=record)).answer != "reproduced"


def test_a_run_that_could_not_is_no_answer() -> None:
    failed = real.change(real.run(), status="not-run", reason="no NVIDIA driver on this machine")
    found = answer(reference(real.run()), real.run(), failed)
    assert str(found) == "cell: cannot run here: no NVIDIA driver on this machine"
    assert (found.claim, found.standing) == ("none", "apart")
    assert answer(reference(real.run())).answer == "cannot-run"


def holding(run: Run, **processor: Any) -> Run:
    return real.holding(run, processor=processor)


def test_other_hardware_is_named() -> None:
    amd = holding(real.flip_step(real.run(), 0, 2), model="AMD EPYC")
    [note] = answer(reference(real.run()), amd).notes
    assert note.startswith("other hardware: published on Intel(R) Xeon(R)")
    assert note.endswith("an AVX-512 machine, here AMD EPYC, an AVX-512 machine")
    held = real.run().record.held
    assert held
    flags = held.processor.flags.replace("amx_bf16 ", "")
    [note] = answer(reference(real.run()), holding(real.run(), flags=flags)).notes
    assert note == "other hardware: the same model of processor, here without amx_bf16"


def test_other_code_is_named() -> None:
    other = real.change(real.run(), identity="1" * 64)
    [note] = answer(reference(real.run()), other).notes
    assert "other code or settings than published" in note


def test_other_data_are_named() -> None:
    there, here = ({"a.csv": "1" * 64, "benchmarks/b.csv": each * 64} for each in "23")
    published, own = (real.change(real.run(), read=each) for each in (there, here))
    assert answer(reference(published), own).notes == [
        "other code or data than published: benchmarks/b.csv"
    ]
    assert answer(reference(published), published).notes == []
    first, later = (real.change(published, identity=each) for each in ("1" * 64, "1" * 64 + ":2"))
    assert answer(reference(first), later).notes == [], "the same code and data, made again"


def test_cells_are_chosen_by_pattern(tmp_path: Path) -> None:
    publication = opened(finished.publication(tmp_path), tmp_path / "opened", None)
    names = [cell.folder for cell in chosen(publication, ["*/seeded/*", "*/strict/*"])]
    assert names == ["cpu/cpu/toy/seeded/baseline", "cpu/cpu/toy/strict/baseline"]
    with pytest.raises(UserError, match="--cells nothing: no cell has such a name; expected some"):
        chosen(publication, ["nothing"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("--index-url https://example.org\n", "holds an option of pip"),
        ("torch==2.13.0\n", "is not a version with a sha256 hash"),
        ("torch @ https://example.org/torch.whl\n", "is not a version with a sha256 hash"),
        (f"torch==2.13.0 --hash=sha256:{'0' * 64}\n", "is not this checkout's lock"),
    ],
)
def test_a_lock_of_somebody_else(text: str, words: str, tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path / "project", "venv")
    lock = tmp_path / "cpu.lock"
    lock.write_text(text)
    with pytest.raises(UserError, match=words):
        scratch.take_lock("cpu", lock, accept=False)
    if "this checkout's" in words:
        scratch.take_lock("cpu", lock, accept=True)
        assert (tmp_path / "project/containers/cpu/requirements.lock").read_text() == text
        # What pip would read in another way than we do is not handed on.
        lock.write_text(
            f"# comment \\\n--index-url=http://127.0.0.1/--hash=sha256:{'0' * 64}\n{text}"
        )
        scratch.take_lock("cpu", lock, accept=True)
        assert (tmp_path / "project/containers/cpu/requirements.lock").read_text() == text
    else:
        with pytest.raises(UserError, match=words):
            scratch.take_lock("cpu", lock, accept=True)


def printing(run: Run, version: int, *lines: str) -> Run:
    record = run.record.model_copy(update={"printed": [*lines], "schema_version": version})
    return replace(run, record=record)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["loss 1", "loss 2"], ["loss 1", "loss 2"]),
        (["a", "b", "c"], ["a\rb", "c"]),
        (["a", "rest"], ["a", "rest", "\n"]),
    ],
)
def test_lines_are_held_against_those_of_version_1_in_its_form(
    old: list[str], new: list[str]
) -> None:
    published = reference(printing(real.run(), 1, *old))
    assert answer(published, printing(real.run(), 2, *new)).answer == "reproduced"
    other = printing(real.run(), 2, "x", *new)
    assert str(answer(published, other).first_difference) == "printed (line 1)"


def test_a_shorter_run_is_held_to_the_lines_that_it_ended() -> None:
    published = reference(printing(real.run(), 2, "", "loss 1", "loss 2", "\n"))
    here = printing(shortened(real.run(), 40), 2, "", "loss 1", "\n")
    assert answer(published, here).answer == "reproduced"
    assert answer(published, printing(here, 2, "x", "loss 1", "\n")).first_difference
