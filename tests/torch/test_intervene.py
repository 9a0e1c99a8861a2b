"""`--flip`: one planted bit, found at its step, in its phase, and nowhere before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.harness.intervene import flip_bit
from benchmarks.setting import NotRunError
from benchmarks.weights import named
from tests.torch.runner import Runner
from workflows.compare.difference import first_difference
from workflows.runs.record import Run


def expect_found(plain: Run, flipped: Run, step: int) -> None:
    assert plain.record.status == flipped.record.status == "completed"
    assert str(first_difference(plain, flipped)) == f"weights at step {step}"
    watched = np.array([not phase.startswith("random") for phase in plain.record.trace.phases])
    one, other = plain.steps[:, watched], flipped.steps[:, watched]
    assert (one[:step] == other[:step]).all()
    assert (one[step, :-2] == other[step, :-2]).all(), "but for weights and state"
    assert plain.record.trace.final_weights != flipped.record.trace.final_weights


@pytest.fixture(scope="module")
def plain(shared: Runner) -> Run:
    """A run of the toy without a flip."""
    return shared("toy", "--steps", "20")


def test_control_without_a_flip_there_is_no_difference(run: Runner, plain: Run) -> None:
    assert first_difference(plain, run("toy", "--steps", "20")) is None


@pytest.mark.parametrize("step", [0, 10, 19])
def test_a_flipped_bit_of_the_toy_is_found_where_it_was_planted(
    run: Runner, plain: Run, step: int
) -> None:
    expect_found(plain, run("toy", "--steps", "20", "--flip", str(step)), step)


def test_a_flipped_bit_of_cifar10_is_found_where_it_was_planted(
    run: Runner, cifar10_data: Path
) -> None:
    def cifar10(*more: str) -> Run:
        options = ("--steps", "12", "--options", '{"workers": 0}', "--data", str(cifar10_data))
        return run("cifar10", *options, *more)

    expect_found(cifar10(), cifar10("--flip", "5"), 5)


BUFFERED = '''"""Has buffers of two kinds, and an optimizer with a state."""
import torch
from torch import nn
from benchmarks.contract import Start, Step

STEPS = 8
OPTIONS = {"momentum": 0.9}
DATA = None
PUBLISHED = None


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 3)
        self.register_buffer("mean", torch.ones(3), persistent=False)


def train(device, steps, data, momentum=0.9):
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=momentum)
    yield Start(model, optimizer)
    for t in range(steps):
        x = torch.randn(8, 4)
        loss = model.layer(x).square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield Step((x,), loss)
'''


@pytest.mark.parametrize(
    ("place", "row", "phase"),
    [("buffer", 4, "state"), ("optimizer", 4, "state"), ("generator", 5, "random torch")],
)
def test_a_bit_in_another_place_is_found_there(
    run: Runner, place: str, row: int, phase: str
) -> None:
    (run.folder / "benchmarks" / "buffered.py").write_text(BUFFERED)
    flip = ("--flip", "4", "--flip-in", place)
    plain, flipped = (run("buffered", "--configuration", "article", *more) for more in ((), flip))
    assert flipped.record.status == "completed", flipped.record.reason
    rows, columns = np.nonzero(plain.steps != flipped.steps)
    assert (rows[0], plain.record.trace.phases[columns[0]]) == (row, phase)


@pytest.mark.parametrize(
    ("place", "words"),
    [("buffer", "has no buffer"), ("optimizer", "has no optimizer with tensors in its state")],
)
def test_a_place_that_a_program_has_not_is_not_run(run: Runner, place: str, words: str) -> None:
    found = run("toy", "--steps", "5", "--flip", "2", "--flip-in", place).record
    assert found.status == "not-run" and words in str(found.reason)


def test_a_flip_that_was_not_reached_is_a_failure(run: Runner) -> None:
    found = run("own", "--flip", "4", body="if t == 3: return").record
    assert found.status == "failed"
    assert (
        found.reason
        == "RuntimeError: the benchmark ended after 3 steps, before the flip after step 4"
    )


def test_a_step_that_is_none_is_refused(run: Runner) -> None:
    with pytest.raises(Exception, match="exit status 2"):
        run("toy", "--steps", "5", "--flip", "5")
    assert not run.last.exists()


def bits(tensor: torch.Tensor) -> np.ndarray:
    octets = tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy()
    return np.unpackbits(octets.reshape(-1, tensor.element_size()), axis=1, bitorder="little")


@pytest.mark.parametrize(
    "dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.float8_e5m2]
)
@pytest.mark.parametrize(
    "form", [torch.ones, lambda *shape: torch.ones(*shape[::-1]).t()], ids=["rows", "columns"]
)
def test_one_lowest_bit_in_the_middle_is_flipped(
    dtype: torch.dtype, form: Callable[..., torch.Tensor]
) -> None:
    tensors = {
        "count": torch.ones(3, dtype=torch.int64),
        "zeros": torch.zeros(4),
        "weight": form(3, 5).to(dtype),
        "later": torch.ones(2),
    }
    before = {name: bits(tensor).copy() for name, tensor in tensors.items()}
    assert flip_bit(tensors) == "weight"
    for name, tensor in tensors.items():
        changed = np.argwhere(bits(tensor) != before[name]).tolist()
        assert changed == ([[7, 0]] if name == "weight" else [])


def test_a_parameter_is_flipped_in_place_and_still_trains() -> None:
    model = torch.nn.Linear(2, 1)
    weight, before = model.weight, model.weight.detach().clone()
    flip_bit(named(model))
    assert model.weight is weight and not torch.equal(weight, before)
    model(torch.ones(1, 2)).sum().backward()
    assert model.weight.grad is not None


def test_nothing_to_flip_is_an_error() -> None:
    assert flip_bit({"zeros": torch.zeros(4), "count": torch.ones(3, dtype=torch.int64)}) == "count"
    with pytest.raises(NotRunError, match="no bit can be flipped"):
        flip_bit({"zeros": torch.zeros(4)})
