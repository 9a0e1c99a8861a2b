"""The operators of a step, recorded in unchanged scripts: where two runs part, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conformance import scripts
from tests.conformance.rows import ROWS
from tests.conformance.scripts import loop
from tests.conformance.trial import Trial
from workflows.check.operators import recorded
from workflows.check.repeated import Check
from workflows.compare.close_look import Operator
from workflows.compare.difference import first_difference
from workflows.compare.operators import parted

pytestmark = [pytest.mark.late, pytest.mark.usefixtures("interpreter")]

STEP = 2
NOISE = """
import numpy
def noise(): return float(int.from_bytes(os.urandom(4), "big"))
@torch.library.custom_op("mine::noisy", mutates_args=())
def noisy(tensor: torch.Tensor) -> torch.Tensor:
    return tensor + noise()
class Backwards(torch.autograd.Function):
    @staticmethod
    def forward(ctx, tensor): return tensor.clone()
    @staticmethod
    def backward(ctx, gradient): return noisy(gradient)
"""
HERE = f"if step == {STEP}: "
PROGRAMS = {
    "operator": ("batch", "a = noisy(a)", "mine.noisy.default", "noisy(a)"),
    "asked": ("backward", "optimizer.param_groups[0]['lr'] = noise()", "aten._foreach_add_.List",
              "optimizer.step()"),
    "elsewhere": ("batch", "a = a * torch.from_numpy(numpy.array([noise()], 'float32'))",
                  "aten.lift_fresh.default", "torch.from_numpy(numpy.array([noise()], 'float32'))"),
    "flow": ("batch", "a = a.sin() if 'FAULT' in os.environ else a.cos()", "aten.cos.default",
             "a.cos()"),
}  # fmt: skip


def trial_of(folder: Path, monkeypatch: pytest.MonkeyPatch, **planted: str) -> Trial:
    script = NOISE + loop(**planted).replace("lr=0.1", "lr=0.1, foreach=True")
    return Trial(folder, replace(ROWS[0], script=script), monkeypatch)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_operator_at_which_two_runs_part_is_found(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, planted, operator, text = PROGRAMS[name]
    trial = trial_of(tmp_path, monkeypatch, **{where: HERE + planted})
    sides = []
    for fault in (False, True):
        run = trial(fault=fault, record=STEP)
        sides.append(recorded(run, trial.last, 0) or [])
    found = parted(*sides)
    assert found is not None, [len(side) for side in sides]
    assert found.kind == name
    assert (found.operator.operator, found.operator.text) == (operator, text)
    assert str(found.operator.place).startswith("train.py:")


@pytest.mark.parametrize("step", [0, STEP])
def test_control_equal_runs_are_recorded_alike_and_no_bit_changes(
    step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = trial_of(tmp_path, monkeypatch)
    alone, sides = trial(), []
    for _ in range(2):
        run = trial(record=step)
        sides.append(recorded(run, trial.last, 0) or [])
        assert first_difference(alone.runs[0], run.runs[0]) is None
    assert parted(*sides) is None
    modules = [one.module for one in sides[0] if one.operator == "aten.addmm.default"]
    assert modules == ["0", "2"], "of one step, forwards"
    made = any(one.operator == "aten.uniform_.default" for one in sides[0])
    assert made == (step == 0), "all before the first step belongs to it"


def test_what_another_rank_gives_is_not_blamed_on_an_operator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = next(row for row in ROWS if row.script == scripts.RANKS)
    planted = f"loss = loss * (1 + (step == {STEP} and dist.get_rank() == 1 and noise() % 99))"
    script = NOISE + scripts.RANKS.replace(
        "    nn.functional.mse_loss(both(x[part]), y[part]).backward()\n",
        f"    loss = nn.functional.mse_loss(both(x[part]), y[part])\n    {planted}\n"
        "    loss.backward()\n",
    ).replace("flip(", "0 and flip(")
    trial = Trial(tmp_path, replace(row, script=script), monkeypatch)
    sides: list[list[Sequence[Operator]]] = []
    for _ in range(2):
        run = trial(record=STEP)
        sides.append([recorded(run, trial.last, rank) or [] for rank in range(2)])
    first, second = (parted(*ranks) for ranks in zip(*sides, strict=True))
    assert second is not None and (second.kind, second.operator.operator) == (
        "asked", "aten.mul.Tensor",
    )  # fmt: skip
    assert first is not None and first.kind in ("received", "elsewhere"), str(first)


def test_a_check_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = f"{HERE}loss = Backwards.apply(loss)"
    trial = trial_of(tmp_path, monkeypatch, loss=planted)
    answer = Check(trial.launch, tmp_path / "checked", [], 2, 1, lambda _what, _more: None).answer()
    assert answer.operator is not None and answer.operator.kind == "operator"
    said = next(line for line in answer.cause if line.startswith("operator by operator: "))
    assert "mine.noisy.default in noisy(gradient) (train.py:" in said
    assert "in Backwards.backward) is given equal bits" in said
    assert "is not deterministic" not in answer.cause[0], "it is not guessed beside it"
