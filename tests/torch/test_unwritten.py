"""Memory that nothing has written: named where it is read, known while there is not too much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from benchmarks.harness.operators import unwritten
from benchmarks.harness.operators.unwritten import Unwritten
from tests.torch.operating import ROWS, Program, apart, recorded, turning
from workflows.compare.operators import parted

SIZE = 4 * 100


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "operators.jsonl"


@pytest.fixture(autouse=True)
def _found_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let memory of four elements be found with other bits each time."""
    made, value = Unwritten.made, iter(range(1, 99))

    def found(self: Unwritten, tensors: Sequence[Tensor], place: str) -> None:
        for one in tensors:
            if one.numel() == 4:
                one.numpy()[:] = next(value)
        made(self, tensors, place)

    monkeypatch.setattr(Unwritten, "made", found)


def garbage(program: Callable[[Tensor], object]) -> Program:
    """Return a program on memory that stands otherwise each time."""

    def on_empty() -> None:
        program(torch.empty(4))

    return on_empty


def filled(memory: Tensor, value: float) -> Tensor:
    """Write as NumPy or a library does."""
    memory.numpy()[:] = value
    return memory


@pytest.mark.parametrize(
    "program",
    [
        lambda memory: memory.sum(),
        lambda memory: memory.add_(1.0),
        lambda memory: (memory[:2].fill_(0.0), memory.sum()),
        lambda memory: (memory.index_put_((torch.tensor([0]),), torch.zeros(1)), memory.sum()),
        lambda memory: torch.add(memory, 1.0, out=torch.zeros(4)),
        lambda memory: memory.resize_(2).sum(),
    ],
)
def test_memory_that_is_read_before_it_is_written_is_named(
    path: Path, program: Callable[[Tensor], object]
) -> None:
    on_empty = garbage(program)
    found = apart(path, on_empty, on_empty)
    assert found is not None and found.kind == "unwritten"
    assert found.operator.unwritten is not None and "on_empty" in found.operator.unwritten


@pytest.mark.parametrize(
    "program",
    [
        lambda memory: (memory.fill_(0.0), memory.sum()),
        lambda memory: (memory.uniform_(), memory.sum()),
        lambda memory: (memory[:2].fill_(0.0), memory[:2].sum()),
        lambda memory: (torch.add(ROWS[0, :1], 1.0, out=memory.resize_(1)), memory.sum()),
        lambda memory: nn.Parameter(memory.view(2, 2)).detach(),
        lambda memory: memory.index_put_((torch.tensor([0]),), torch.ones(1)),
        lambda memory: torch.zeros_like(memory).sum(),
        lambda memory: memory.resize_(2),
        lambda memory: (filled(memory, 99.5), memory.sum()),
        lambda memory: (memory.view(2, 2), filled(memory, 99.5), memory.view(2, 2).sum()),
    ],
)
def test_control_memory_that_is_written_first_is_not(
    path: Path, program: Callable[[Tensor], object]
) -> None:
    on_empty = garbage(program)
    assert apart(path, on_empty, on_empty) is None


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        (lambda memory, _turns: memory.uniform_(), "draw"),
        (lambda memory, turns: (memory[:2].fill_(0.0), turns(memory[:2])), "operator"),
        (
            lambda memory, turns: (
                memory.index_put_((torch.tensor([0, 1]),), torch.ones(1)), turns(memory[:2]),
            ),
            "operator",
        ),
    ],
)  # fmt: skip
def test_memory_that_is_written_is_not_blamed_for_what_does_not_hang_on_it(
    path: Path, program: Callable[[Tensor, Callable[[Tensor], Tensor]], object], kind: str
) -> None:
    turns = turning()
    on_empty = garbage(lambda memory: program(memory, turns))
    torch.manual_seed(0)
    found = parted(recorded(path, on_empty), recorded(path, on_empty))
    assert found is not None and found.kind == kind


def test_what_something_else_has_written_comes_from_elsewhere(path: Path) -> None:
    value = iter((101.0, 102.0))
    by_numpy = garbage(lambda memory: (filled(memory, next(value)), memory.sum()))
    found = apart(path, by_numpy, by_numpy)
    assert found is not None and found.kind == "elsewhere"


def test_of_memory_in_another_shape_nobody_can_say_whether_it_was_written() -> None:
    known, memory = Unwritten(lambda one: str(one.tolist())), torch.zeros(3)
    known.made([memory], "a line")
    assert known.reads([memory]), "control: it holds what it was found with"
    memory.resize_(2)
    assert known.reads([memory])
    memory.resize_(3)[0] = 1.0
    assert not known.reads([memory]) and known.of(memory) is None


def test_what_was_had_first_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unwritten, "KEPT", 2 * SIZE)
    known = Unwritten(str)
    tensors = [torch.empty(100) for _ in range(3)]
    for number, one in enumerate(tensors):
        known.made([one], f"line {number}")
    assert [known.of(one) is None for one in tensors] == [True, False, False]
    known.wrote([tensors[1]])
    more = torch.empty(100)
    known.made([more], "line 4")
    assert known.of(tensors[2]) and known.of(more), "what was written counts no longer"
    known.made([torch.empty(1000)], "line 5")
    assert known.of(more) is None, "too large by itself"
    known.made([more], "line 6")
    assert known.of(more), "and afterwards as before"


def test_what_is_had_twice_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unwritten, "KEPT", 2 * SIZE)
    known, first, second = Unwritten(str), torch.empty(100), torch.empty(100)
    for one in (first, second, second, second):
        known.made([one], "a line")
    assert known.of(first) and known.of(second)
    second.resize_(50)
    known.wrote([second])
    known.made([second], "a line")
    assert known.of(first), "its size is what it was"


def test_what_has_no_memory_is_never_known() -> None:
    known, nothing = Unwritten(str), torch.empty(0)
    known.made([nothing, torch.empty(3, device="meta")], "a line")
    assert known.of(nothing) is None
