"""What operators are recorded to be given and to leave: real ones, in this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode, _get_current_dispatch_mode
from torch.utils.data import DataLoader

from benchmarks.harness.forms import only_looking
from benchmarks.harness.operators import dispatched
from benchmarks.harness.operators.dispatched import Mode
from benchmarks.harness.unchanged.known import Known
from tests.torch.operating import ROWS, Program, apart, lines, recorded, turning
from workflows.compare.operators import parted


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "operators.jsonl"


def products(values: Tensor, noise: Callable[[Tensor], Tensor] = lambda x: x) -> Program:
    def program() -> None:
        weights = torch.full((3, 3), 0.5, requires_grad=True)
        noise(values @ weights).square().sum().backward()

    return program


def test_a_line_says_what_where_and_with_which_bits(path: Path) -> None:
    (found,) = recorded(path, lambda: ROWS @ ROWS)
    assert found.operator == "aten.mm.default" and found.text == "ROWS @ ROWS"
    assert found.place is not None and "test_dispatched.py" in found.place
    assert len(found.given) == 2 and found.given[0] == found.given[1] != found.left[0]
    assert not (found.backward or found.draws or found.module)


def test_a_backward_pass_is_told_by_the_line_of_its_forward(path: Path) -> None:
    found = recorded(path, products(ROWS))
    forward = next(one for one in found if one.operator == "aten.mm.default")
    backward = [one for one in found if one.backward and one.operator == "aten.mm.default"]
    assert not forward.backward and len(backward) == 1
    assert (backward[0].place, backward[0].text) == (forward.place, "values @ weights")
    assert backward[0].node == "MmBackward0"


def test_the_module_is_named_by_its_path(path: Path) -> None:
    known = Known()
    net = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
    for module in (net[0], net):
        known.note(module)
    found = lines(path, lambda: net(ROWS), known.paths)
    modules = {line["operator"]: line["module"] for line in found}
    assert modules["aten.addmm.default"] == "0"


def test_equal_programs_do_not_part(path: Path) -> None:
    assert apart(path, products(ROWS), products(ROWS)) is None


class Noisy(torch.autograd.Function):  # type: ignore[misc]
    """One bit is other: forwards, or backwards."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, backwards: bool) -> Tensor:
        ctx.backwards = backwards
        return x.clone() if backwards else other(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return other(gradients[0]) if ctx.backwards else gradients[0], None


def other(x: Tensor) -> Tensor:
    """Return a tensor with another lowest bit, and let no operator know."""
    changed = x.numpy().copy()
    changed.view("int32")[0, 0] ^= 1
    return torch.from_numpy(changed)


@pytest.mark.parametrize("backwards", [False, True])
def test_one_bit_that_comes_from_no_operator_is_found_where_it_is_first_read(
    path: Path, backwards: bool
) -> None:
    noisy = products(ROWS, lambda x: Noisy.apply(x, backwards))
    found = apart(path, noisy, products(ROWS, lambda x: Noisy.apply(x, not backwards)))
    assert found is not None and found.kind in ("elsewhere", "flow")
    again = apart(path, noisy, noisy)
    assert again is None, "control"


def test_an_operator_that_leaves_other_bits_is_named(path: Path) -> None:
    turns = turning()

    def program() -> None:
        turns(ROWS).sum()

    found = apart(path, program, program)
    assert found is not None and found.kind == "operator"
    assert found.operator.operator == "reprise_tests.turns.default"


def test_what_is_drawn_is_told_from_what_is_computed(path: Path) -> None:
    def program() -> None:
        torch.rand(3).sum()

    assert apart(path, program, program) is None, "control"
    torch.manual_seed(1)
    found = parted(recorded(path, program), recorded(path, program))
    assert found is not None and (found.kind, found.operator.operator) == (
        "draw", "aten.rand.default",
    )  # fmt: skip


def test_another_number_is_named_with_both_sides(path: Path) -> None:
    weights = torch.zeros(3)

    def stepped(rate: float) -> Program:
        return lambda: torch._foreach_add_([weights.clone()], [ROWS[0]], alpha=rate)

    found = apart(path, stepped(0.5), stepped(0.25))
    assert found is not None and found.kind == "asked" and found.sides == ["0.5", "0.25"]


def test_what_is_written_in_place_counts_as_left(path: Path) -> None:
    (line,) = recorded(path, lambda: torch._foreach_add_([torch.zeros(3)], 1.0))[-1:]
    assert len(line.left) == 1 and line.left != line.given


def test_what_a_backward_pass_calls_is_told_by_its_own_line(path: Path) -> None:
    found = recorded(path, products(ROWS, lambda x: Noisy.apply(x, True)))
    called = next(one for one in found if one.text == "torch.from_numpy(changed)")
    assert called.place is not None and called.place.endswith("in other") and not called.backward


def test_no_code_of_a_tensors_own_class_is_called(path: Path) -> None:
    class Counting(Tensor):  # type: ignore[misc]
        calls = 0

        @classmethod
        def __torch_function__(
            cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            cls.calls += 1
            return super().__torch_function__(func, types, args, kwargs)

    def program() -> int:
        Counting.calls = 0
        ROWS.as_subclass(Counting).add(1.0)
        return Counting.calls

    alone, inside = program(), []
    lines(path, lambda: inside.append(program()))
    assert inside == [alone] and alone > 0


def test_what_the_watcher_does_is_not_the_programs(path: Path) -> None:
    look = only_looking(lambda: ROWS + 1)
    assert [line["operator"] for line in lines(path, lambda: (look(), ROWS * 2))] == [
        "aten.mul.Tensor"
    ]


def test_a_fault_of_the_recorder_does_not_reach_the_program(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_operator: Any) -> str:
        raise KeyError("x")

    monkeypatch.setattr(dispatched, "name_of", broken)
    sums: list[Tensor] = []
    found = lines(path, lambda: sums.append(ROWS.sum()))
    assert found == [{"fault": "KeyError: 'x'"}] and sums[0] == 36


def test_nor_does_a_full_disk(tmp_path: Path) -> None:
    class Full:
        closed = False

        def write(self, _text: str) -> None:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            self.closed = True

    file: Any = Full()
    with Mode(file, dict) as mode:
        assert ROWS.sum() == 36
    mode.leave()
    assert file.closed


class Theirs(TorchDispatchMode):  # type: ignore[misc]
    """A mode of the program's own, which counts."""

    count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += 1
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("ends", ["before", "after"])
def test_a_mode_that_the_program_is_in_ends_as_it_would(path: Path, ends: str) -> None:
    mode, outer, inner = Mode(path.open("w", buffering=1), dict), Theirs(), Theirs()
    with outer:
        with inner:
            mode.enter()
            assert (ROWS + 1).sum() == 45
            if ends == "after":
                mode.leave()
        assert (ROWS + 2).sum() == 54
        counts = inner.count, outer.count
    assert counts[0] < counts[1], "control"
    seen = ROWS * 2
    assert (inner.count, outer.count) == counts and seen.sum() == 72
    mode.leave()
    assert _get_current_dispatch_mode() is None
    sums = path.read_text().count("aten.sum")
    assert sums == (1 if ends == "after" else 3)


def test_a_mode_below_another_one_is_left_in_peace(path: Path) -> None:
    mode = Mode(path.open("w", buffering=1), dict)
    with mode:
        with Theirs():
            mode.leave()
            assert (ROWS + 1).sum() == 45
        assert (ROWS + 1).sum() == 45
        assert _get_current_dispatch_mode() is mode
    assert path.read_text() == ""


def test_a_mode_that_is_left_is_gone(path: Path) -> None:
    mode = Mode(path.open("w", buffering=1), dict)
    mode.__enter__()
    mode.leave()
    assert _get_current_dispatch_mode() is None


class Slow(list[Tensor]):
    """Rows, of which one comes late."""

    def __init__(self, late: int) -> None:
        super().__init__(ROWS)
        self._late = late

    def __getitem__(self, i: Any) -> Any:
        time.sleep(0.5 if i == self._late else 0)
        return super().__getitem__(i).clone()


def test_in_which_order_workers_give_their_batches_is_nothing_of_the_program(path: Path) -> None:
    def taking(late: int, factor: float = 2.0) -> Program:
        def program() -> None:
            for batch in DataLoader(Slow(late), batch_size=1, num_workers=2):
                (batch * factor).sum()

        return program

    assert apart(path, taking(0), taking(1)) is None
    found = apart(path, taking(0), taking(1, factor=3.0))
    assert found is not None and found.kind == "asked", "control"


def test_what_a_view_shows_of_a_storage_is_no_doing_of_it(path: Path) -> None:
    def showing(last: int) -> Program:
        def program() -> None:
            storage = torch.UntypedStorage([1, 2, last])
            torch.empty(0, dtype=torch.uint8).set_(storage).sum()

        return program

    found = apart(path, showing(3), showing(4))
    assert found is not None and found.kind == "elsewhere"
    assert found.operator.operator == "aten.sum.default"
    assert apart(path, showing(3), showing(3)) is None, "control"


def test_no_number_is_drawn_and_no_bit_changed(path: Path) -> None:
    def trained() -> tuple[Tensor, Tensor]:
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(3, 3), nn.Dropout())
        optimizer = torch.optim.Adam(net.parameters())
        net(ROWS).sum().backward()
        optimizer.step()
        return net[0].weight.detach().clone(), torch.get_rng_state()

    alone, inside = trained(), []
    lines(path, lambda: inside.append(trained()))
    assert all(map(torch.equal, alone, inside[0]))
