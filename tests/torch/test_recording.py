"""A run that is observed and keeps tensors: the operators of the first of these steps as well."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import commands
from tests.torch.runner import Runner
from workflows.compare.close_look import Operator, Parted
from workflows.compare.operators import parted, read
from workflows.runs.record import Run
from workflows.runs.tensors import read_dense

STEPS = ("--steps", "5")
TURNS = "t == 2 and w.data.mul_(1 + int.from_bytes(os.urandom(3), 'big') / 2**24)"


def operators(run: Runner, made: Run) -> list[Operator]:
    kept = read_dense(run.last, made)
    assert kept is not None
    found = read(kept.operators)
    assert found is not None, kept.operators[-1]
    return found


def apart(run: Runner, name: str, **more: Any) -> Parted | None:
    """Return where two observed runs of a benchmark part in step 2."""
    asked = (*STEPS, "--configuration", "article", "--observe", "--dense", "2")
    sides = [operators(run, run(name, *asked, **more)) for _ in range(2)]
    return parted(*sides)


@pytest.mark.parametrize("step", [0, 2])
def test_one_step_is_recorded_and_no_bit_changes(run: Runner, step: int) -> None:
    article = (*STEPS, "--configuration", "portable")
    alone = run("toy", *article)
    made = run("toy", *article, "--observe", "--dense", f"{step},4")
    assert (made.steps == alone.steps).all() and (made.initial == alone.initial).all()
    found = operators(run, made)
    forward = [one for one in found if one.operator == "aten.addmm.default"]
    assert [one.module for one in forward] == ["0", "2"], "of one step, by the module's path"
    assert all(str(one.place).startswith("benchmarks/toy.py:") for one in forward)
    assert any(one.backward for one in found)
    drawn = any(one.operator == "aten.uniform_.default" for one in found)
    assert drawn == (step == 0), "all before the first step belongs to it"
    assert not [*run.last.parent.glob(".*operators")]


def test_what_watches_is_not_recorded(run: Runner) -> None:
    asked = (*STEPS, "--observe", "--dense", "2")
    found = operators(run, run("mine", *asked, body="pass"))
    names = [one.operator.split(".")[1] for one in found]
    assert names == [
        "mul",
        "sum",
        "ones_like",
        "expand",
        "mul",
        "mul",
        "add",
        "detach",
        "mul",
        "sub_",
    ]


@pytest.mark.parametrize("asked", [("--observe",), ("--dense", "2")])
def test_control_nothing_is_recorded_where_it_was_not_asked(
    run: Runner, asked: tuple[str, ...]
) -> None:
    kept = read_dense(run.last, made) if (made := run("toy", *STEPS, *asked)) else None
    assert kept is None or kept.operators == []


def test_nor_of_a_run_in_two_processes(run: Runner) -> None:
    made = run("toy", *STEPS, "--observe", "--dense", "2", "--resume", "1")
    kept = read_dense(run.last, made)
    assert kept is not None and kept.operators == []


def test_the_operator_at_which_two_runs_part_is_named(run: Runner) -> None:
    found = apart(run, "mine", body=TURNS)
    assert found is not None and found.kind == "asked"
    assert found.operator.operator.startswith("aten.mul_.")
    assert str(found.operator.place).startswith("benchmarks/mine.py:")
    assert apart(run, "mine", body="pass") is None, "control"


@pytest.mark.late
def test_of_a_command_too_whose_files_are_named_from_its_folder(run: Runner) -> None:
    fault = "step == 1 and net[2].bias.data.mul_(int.from_bytes(os.urandom(3), 'big'))"
    sides = []
    for _ in range(2):
        commands.write(run.folder, "script", fault, commands.WORDS, "")
        made = run("script", "--observe", "--dense", "1,2", "--configuration", "article")
        sides.append(operators(run, made))
        assert made.record.sources is not None, "it is observed beside it"
    found = parted(*sides)
    assert found is not None and found.kind == "asked"
    assert str(found.operator.place).startswith("train.py:")
    modules = [one.module for one in sides[0] if one.operator == "aten.addmm.default"]
    assert modules == ["0", "2"]
