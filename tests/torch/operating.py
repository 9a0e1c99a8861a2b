"""Records the operators of a program of a test in this process, as a run does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks.harness.operators.dispatched import Mode, Paths
from workflows.compare.close_look import Operator, Parted
from workflows.compare.operators import parted

Program = Callable[[], object]
ROWS = torch.arange(9.0).reshape(3, 3)


def lines(path: Path, program: Program, paths: Paths = dict) -> list[dict[str, Any]]:
    """Carry a program out, and return what was written of it."""
    mode = Mode(path.open("w", buffering=1), paths)
    mode.enter()
    program()
    mode.leave()
    return [json.loads(line) for line in path.read_text().splitlines()]


def recorded(path: Path, program: Program) -> list[Operator]:
    return [Operator.model_validate(line) for line in lines(path, program)]


def apart(path: Path, left: Program, right: Program) -> Parted | None:
    """Return where two programs part; each is carried out from the same state of the generator."""
    sides = []
    for program in (left, right):
        torch.manual_seed(0)
        sides.append(recorded(path, program))
    return parted(*sides)


def turning() -> Callable[[Tensor], Tensor]:
    """Return an operator that leaves something else each time."""
    turn = iter(range(9))

    @torch.library.custom_op("reprise_tests::turns", mutates_args=())  # type: ignore[untyped-decorator]
    def turns(x: Tensor) -> Tensor:
        return x + next(turn)

    return turns  # type: ignore[no-any-return]
