"""Records: real ones are read, altered or broken ones are refused with one clear line."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import real
from workflows.common.errors import UserError
from workflows.common.files import sealed
from workflows.common.sums import sha256
from workflows.compare.outcome import outcome
from workflows.matrix.retry import unfinished
from workflows.runs.record import Ending, ImageUsed, read
from workflows.runs.without import write_without_training

IMAGE = ImageUsed(engine="venv", isolation="none", content_digest="0" * 64)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    source = real.path("seeded", 0)
    shutil.copy(source.with_suffix(".npz"), tmp_path / "0.npz")
    return Path(shutil.copy(source, tmp_path / "0.json"))


def edit(path: Path, **fields: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def expect_refused(path: Path, match: str) -> None:
    with pytest.raises(UserError, match=match) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_control_a_real_record_is_read(record: Path) -> None:
    run = read(record)
    assert run.record.status == "completed"
    assert run.steps.shape == (real.STEPS, 4)
    assert outcome(run) == outcome(real.run())


@pytest.mark.parametrize("position", [100, 2000, -40])
def test_a_flipped_byte_in_the_trace_is_refused(record: Path, position: int) -> None:
    trace = bytearray(record.with_suffix(".npz").read_bytes())
    trace[position] ^= 1
    record.with_suffix(".npz").write_bytes(trace)
    expect_refused(record, "SHA-256 differs")


def test_a_missing_file_is_named(record: Path) -> None:
    record.with_suffix(".npz").unlink()
    expect_refused(record, r"0\.npz: no such file")
    record.unlink()
    expect_refused(record, r"0\.json: no such file")


def test_a_broken_record_is_refused(record: Path) -> None:
    edit(record, status="fine")
    expect_refused(record, "status: Input should be")
    record.write_text("{")
    expect_refused(record, "is damaged: Expecting")


def test_another_schema_or_an_unknown_field_is_refused(record: Path) -> None:
    edit(record, schema_version=4)
    expect_refused(record, "schema_version")
    edit(record, schema_version=1, extra=1)
    expect_refused(record, "extra")


def resave(path: Path, **changed: Any) -> None:
    """Write another trace and make the record name it."""
    with np.load(path.with_suffix(".npz")) as old:
        np.savez(path.with_suffix(".npz"), **{**old, **changed})
    trace = json.loads(path.read_text())["trace"]
    edit(path, trace={**trace, "sha256": sha256(path.with_suffix(".npz"))})


def test_arrays_that_do_not_fit_are_refused(record: Path) -> None:
    resave(record)
    assert outcome(read(record)) == outcome(real.run())  # control: the same arrays saved again
    resave(record, steps=np.zeros((99, 4), np.uint64))
    expect_refused(record, "steps is uint64")
    resave(record, steps=np.zeros((100, 4), np.float64))
    expect_refused(record, "steps is float64")


def test_pickles_in_a_trace_are_never_loaded(record: Path) -> None:
    resave(record, steps=np.array([[object()]], dtype=object))
    expect_refused(record, "is not a trace")


def test_a_completed_run_with_too_few_steps_is_refused(record: Path) -> None:
    run = json.loads(record.read_text())["run"]
    edit(record, run={**run, "steps": 101})
    expect_refused(record, "holds 100 of 101 steps")


def test_a_record_says_what_was_watched(tmp_path: Path, record: Path) -> None:
    newer = real.watched(real.run())
    found = read(real.leave(newer, tmp_path / "3.json"))
    assert (found.steps == newer.steps).all() and (found.ends == newer.ends).all()
    assert found.record.schema_version == 3
    older = read(record)
    assert older.record.trace.phases == ["batch", "loss", "gradients", "weights"]
    assert older.ends.shape == (0,)


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"phases": ["loss", "batch", "gradients", "weights"]}, "phases: .* in this order"),
        ({"phases": ["batch", "loss", "gradients"]}, "phases: .* in this order"),
        ({"phases": ["batch", "loss", "gradients", "weights", "mood"]}, "phases: .* in this"),
        ({"phases": ["batch", "loss", "gradients", "weights"]}, r"steps is uint64 \(100, 11\)"),
    ],
)
def test_phases_that_do_not_fit_are_refused(
    tmp_path: Path, fields: dict[str, Any], match: str
) -> None:
    path = real.leave(real.watched(real.run()), tmp_path / "0.json")
    value = json.loads(path.read_text())
    path.write_text(json.dumps(sealed(value | {"trace": value["trace"] | fields})))
    expect_refused(path, match)


def test_a_trace_without_its_ends_is_refused(tmp_path: Path) -> None:
    run = real.watched(real.run())
    expect_refused(
        real.leave(replace(run, ends=run.ends[:6]), tmp_path / "0.json"), "ends is uint64"
    )
    path = real.leave(run, tmp_path / "1.json")
    np.savez(path.with_suffix(".npz"), initial=run.initial, steps=run.steps, losses=run.losses)
    value = json.loads(path.read_text())
    value["trace"]["sha256"] = sha256(path.with_suffix(".npz"))
    path.write_text(json.dumps(sealed(value)))
    expect_refused(path, "expected the arrays initial, steps, losses, ends")


@pytest.mark.parametrize(("taken", "fits"), [(100, True), (48, True), (1, True), (0, False)])
def test_a_program_may_end_before_it_was_asked_to(tmp_path: Path, taken: int, fits: bool) -> None:
    run = real.change(real.watched(real.run()), trace={"steps": taken}).rows(slice(taken))
    path = real.leave(run, tmp_path / "0.json")
    if fits:
        assert len(read(path).steps) == taken
    else:
        expect_refused(path, "completed, but holds 0 of 100 steps")


def test_no_program_goes_on_after_its_steps(tmp_path: Path) -> None:
    run = real.watched(real.run())
    asked = run.record.run.model_copy(update={"steps": 99})
    path = real.leave(real.change(run, run=asked), tmp_path / "0.json")
    expect_refused(path, "completed, but holds 100 of 99 steps")


def test_a_run_without_training_is_a_readable_record(tmp_path: Path) -> None:
    target = tmp_path / "runs" / "0.json"
    ending = Ending("failed", "killed", ["last line"])
    write_without_training(target, real.run().record.run, ending, {"image": IMAGE})
    run = read(target)
    assert (run.record.status, run.record.reason, run.record.log) == tuple(ending)
    assert len(run.steps) == 0
    assert unfinished([target, real.path("seeded", 0)]) == [target]
