"""Repeats that share a job: each is carried out once, and what is done outlives an interruption."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support import images, real
from workflows.common.errors import UserError
from workflows.common.interrupt import Interrupted
from workflows.experiment.specification import RunSpecification
from workflows.runs import repeats
from workflows.runs.laboratory import Laboratory
from workflows.runs.machine import processor
from workflows.runs.record import ImageUsed, read
from workflows.runs.repeats import ASIDE, aside, carry_out_all

IDENTITY = "1" * 64
IMAGE = images.image()
RUNS = [real.run("seeded", number).record.run for number in range(3)]
PLACES = [(Path(f"runs/{n}.json"), Path(f"logs/{n}.log")) for n in range(3)]


@pytest.fixture(autouse=True)
def launched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A launcher that leaves a real record, and that is interrupted at the third run, once."""
    monkeypatch.chdir(tmp_path)
    IMAGE.save(Path("image.json"))
    done: list[int] = []

    def launch(run: RunSpecification, identity: str, target: Path, log: Path, _: Any) -> None:
        if run.repeat == 2 and len(done) == 2:
            done.append(-1)
            raise Interrupted(15)
        done.append(run.repeat)
        leave(run, target, identity=identity)

    monkeypatch.setattr(repeats, "launch", launch)
    return done


def leave(run: RunSpecification, target: Path, /, **fields: Any) -> None:
    """Leave a record as a run on this machine does."""
    target.parent.mkdir(parents=True, exist_ok=True)
    used = ImageUsed(engine=IMAGE.engine, isolation="", content_digest=IMAGE.content_digest)
    done = real.holding(real.run("seeded", run.repeat), processor={"model": processor()})
    real.leave(
        real.change(done, **{"run": run, "image": used, "identity": IDENTITY} | fields), target
    )


def carry(caller: int | None = None) -> None:
    carry_out_all(RUNS, IDENTITY, PLACES, Laboratory(Path("image.json")), caller)


def interrupted() -> None:
    """Carry out two of three."""
    with pytest.raises(Interrupted):
        carry()
    assert not Path("runs").exists(), "Snakemake takes away what is there of a job that failed"


def test_what_was_done_is_not_done_again(launched: list[int]) -> None:
    interrupted()
    kept = [aside(run).read_bytes() for run in RUNS[:2]]
    (ASIDE / f".{aside(RUNS[0]).stem}.killed" / "run").mkdir(parents=True)
    carry()
    assert launched == [0, 1, -1, 2]
    assert [target.read_bytes() for target, _ in PLACES[:2]] == kept
    assert [read(target).record.run for target, _ in PLACES] == RUNS
    assert [*ASIDE.iterdir()] == [], "nothing waits any more"


@pytest.mark.parametrize(
    "fields",
    [
        {"identity": "2" * 64},
        {"status": "failed", "reason": "planted"},
        {"image": None},
        {"image": ImageUsed(engine="venv", isolation="", content_digest="3" * 64)},
        {"read": {"LICENSE": "0" * 64}},
        {"run": RUNS[0].model_copy(update={"seed": 4})},
    ],
    ids=["code", "failed", "no image", "image", "edited", "question"],
)
def test_what_answers_something_else_is_done_again(
    launched: list[int], fields: dict[str, Any]
) -> None:
    interrupted()
    leave(fields.get("run", RUNS[0]), aside(RUNS[0]), **fields)
    carry()
    assert launched == [0, 1, -1, 0, 2], "and the second, which is as it was, is not"


def test_what_is_damaged_or_of_another_machine_is_done_again(launched: list[int]) -> None:
    interrupted()
    aside(RUNS[0]).with_suffix(".npz").write_bytes(b"damaged")
    other = real.holding(real.run("seeded", 1), processor={"model": "another"})
    real.leave(
        real.change(other, identity=IDENTITY, image=read(aside(RUNS[1])).record.image),
        aside(RUNS[1]),
    )
    carry()
    assert launched == [0, 1, -1, 0, 1, 2]


def test_one_alone_is_left_in_its_place_at_once(launched: list[int]) -> None:
    carry_out_all(RUNS[:1], IDENTITY, PLACES[:1], Laboratory(Path("image.json")))
    assert launched == [0] and PLACES[0][0].exists() and not ASIDE.exists()


def test_one_that_leaves_nothing_leaves_the_others_waiting(
    launched: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted()

    def refuse(*_: Any) -> None:
        raise UserError("a later launch of the same run has taken its place")

    monkeypatch.setattr(repeats, "launch", refuse)
    with pytest.raises(UserError):
        carry()
    assert all(aside(run).exists() for run in RUNS[:2])


def test_once_the_caller_is_gone_what_is_done_waits(launched: list[int]) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    with pytest.raises(UserError, match="what started this is gone"):
        carry(caller=gone.pid)
    assert launched == [0] and aside(RUNS[0]).exists() and not Path("runs").exists()
    launched.append(0)  # nothing interrupts the third
    carry(caller=os.getpid())
    assert launched == [0, 0, 1, 2], "control: it is here"
