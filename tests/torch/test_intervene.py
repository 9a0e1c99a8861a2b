"""`--flip`: one planted bit, found at its step, in its phase, and nowhere before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.harness.intervene import flip_bit
from tests.torch.runner import Runner
from workflows.compare.difference import first_difference
from workflows.runs.record import Run


def expect_found(plain: Run, flipped: Run, step: int) -> None:
    assert plain.record.status == flipped.record.status == "completed"
    assert str(first_difference(plain, flipped)) == f"weights at step {step}"
    assert (plain.steps[:step] == flipped.steps[:step]).all()
    assert (plain.steps[step, :3] == flipped.steps[step, :3]).all()
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
    flip_bit(model)
    assert model.weight is weight and not torch.equal(weight, before)
    model(torch.ones(1, 2)).sum().backward()
    assert model.weight.grad is not None


def test_nothing_to_flip_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="no bit can be flipped"):
        flip_bit({"zeros": torch.zeros(4), "count": torch.ones(3, dtype=torch.int64)})
