"""Faults planted in the article's programs as they train: each is named exactly, and no other.

One bit of an initial weight, two samples that change places, a loss rounded up, one element of a
gradient as it arrives and after its use, one element of an updated weight; at the first, a middle
and the last step.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.contract import Start
from benchmarks.harness.load import load
from benchmarks.harness.tensors import Dense as Keeper
from benchmarks.harness.trace import Tracer
from benchmarks.weights import named
from tests.support import real
from workflows.compare.difference import first_difference
from workflows.compare.locate import locate
from workflows.runs.record import Run
from workflows.runs.tensors import Dense

CPU = torch.device("cpu")
STEPS = 30
LOSSES = {"toy": "mse_loss", "cifar10": "cross_entropy"}
TENSORS = {"toy": "0.bias", "cifar10": "fc1.weight"}
Batches = list[tuple[torch.Tensor, torch.Tensor]]


@pytest.fixture(scope="module")
def batches(cifar10_data: Path) -> Batches:
    """The first batches of the real CIFAR-10."""
    loader = load("cifar10").batches(str(cifar10_data / "cifar10"), num_workers=0)
    return [batch for _, batch in zip(range(STEPS), loader, strict=False)]


def swap(tensor: torch.Tensor) -> None:
    """Let the second and third sample of a batch change places."""
    tensor[[1, 2]] = tensor[[2, 1]]


def flip(tensor: torch.Tensor) -> None:
    """Invert the lowest bit of the fourth element."""
    with torch.no_grad():
        tensor.view(-1).view(torch.int32)[3] ^= 1


UNSEEN: Batches = []
"""What stands in a module that is not the program's: no walk goes there, as to a disk."""


class Unseen:
    """A loader of these batches."""

    def __iter__(self) -> Iterator[Any]:
        """Give them one after the other."""
        return iter(UNSEEN)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(UNSEEN)


def out_of_sight(_data: str, **_options: Any) -> Unseen:
    """Return that loader, as the program asks for its own."""
    return Unseen()


class Planter:
    """Trains a program in this process with one fault in one phase of one step."""

    def __init__(self, benchmark: str, phase: str, step: int, batches: Batches) -> None:
        self.benchmark, self.phase, self.step = benchmark, phase, step
        self.batches = [(images.clone(), labels.clone()) for images, labels in batches]

    def train(self, keep: int, patch: pytest.MonkeyPatch) -> tuple[Run, Dense]:
        """Return the run, and the tensors of the step `keep`."""
        torch.manual_seed(3)
        module, tracer, keeper = load(self.benchmark), Tracer(CPU), Keeper([keep])
        self.prepare(module, patch)
        events = module.train(CPU, STEPS, None)
        tracer.follow(events, module)
        step = count()
        for event in events:
            if isinstance(event, Start):
                self.start(named(event.weights))
                weights = named(event.weights)
                tracer.start(event)
                keeper.start(event.weights, tracer)
                self.before(0, events)
                continue
            now = next(step)
            if (self.phase, self.step) == ("weights", now):
                flip(weights[TENSORS[self.benchmark]])
            if (self.phase, self.step) == ("gradients", now):
                gradient = weights[TENSORS[self.benchmark]].grad
                assert gradient is not None
                flip(gradient)
            tracer.step(event.batch, event.loss)
            keeper.step(now, event.batch, event.loss)
            self.before(now + 1, events)
        return watched(tracer, keeper)

    def prepare(self, module: Any, patch: pytest.MonkeyPatch) -> None:
        """Plant what stands in the program's way from its start: batches and loss."""
        if self.benchmark == "cifar10":
            if self.phase == "batch":
                for part in self.batches[self.step]:
                    swap(part)
            UNSEEN[:] = self.batches
            patch.setattr(module, "batches", out_of_sight)
        if self.phase == "loss":
            name = LOSSES[self.benchmark]
            patch.setattr(torch.nn.functional, name, self.rounding(name))

    def rounding(self, name: str) -> Callable[..., torch.Tensor]:
        """Return the loss function, rounded up by one unit in the last place at the step."""
        original, call = getattr(torch.nn.functional, name), count()

        def rounded(*arguments: Any, **named: Any) -> torch.Tensor:
            loss: torch.Tensor = original(*arguments, **named)
            if next(call) != self.step:
                return loss
            return loss + (torch.nextafter(loss, torch.tensor(torch.inf)) - loss).detach()

        return rounded

    def start(self, weights: dict[str, torch.Tensor]) -> None:
        """Plant an initial weight or a gradient."""
        target = weights[TENSORS[self.benchmark]]
        if self.phase == "initial weights":
            flip(target)
        if self.phase == "backward":
            call = count()

            def hook(tensor: torch.Tensor) -> None:
                if next(call) == self.step:
                    assert tensor.grad is not None
                    flip(tensor.grad)

            target.register_post_accumulate_grad_hook(hook)

    def before(self, step: int, events: Any) -> None:
        """Swap the toy's samples before the step, and put them back after it."""
        planted = (self.benchmark, self.phase) == ("toy", "batch")
        if planted and step in (self.step, self.step + 1) and events.gi_frame:
            for name in "xy":
                swap(events.gi_frame.f_locals[name])


def watched(tracer: Tracer, keeper: Keeper) -> tuple[Run, Dense]:
    """Return what was watched, as if it had been read from a record."""
    trace = tracer.finish()
    file = io.BytesIO()
    lists = {
        "order": np.array(keeper.order()),
        "dtypes": np.array([f"{key}={dtype}" for key, dtype in keeper.dtypes.items()]),
    }
    np.savez(file, allow_pickle=False, **lists, **keeper.arrays)
    file.seek(0)
    tracer.close()
    run = real.change(real.run(), trace=trace.summary(), printed=[])
    run = replace(run, initial=trace.initial, steps=trace.steps, ends=trace.ends)
    run = replace(run, losses=trace.losses)
    return run, Dense(np.load(file, allow_pickle=False), trace.tensors)


def planted(benchmark: str, phase: str, step: int, batches: Batches) -> str:
    """Return the first difference between a clean run and one with the fault, in words."""
    with pytest.MonkeyPatch.context() as patch:
        clean, kept = Planter(benchmark, "none", step, batches).train(step, patch)
    with pytest.MonkeyPatch.context() as patch:
        other, others = Planter(benchmark, phase, step, batches).train(step, patch)
    place = first_difference(clean, other)
    located = place and locate(kept, others, place)
    return str(located.place if located else place)


def cases() -> Iterator[Any]:
    """Give every phase at the first, a middle and the last step, with what must be named."""
    for benchmark, tensor in TENSORS.items():
        yield benchmark, "initial weights", 0, f"initial weights ({tensor})"
        for step in (0, STEPS // 2, STEPS - 1):
            yield benchmark, "batch", step, f"batch at step {step} (0)"
            yield benchmark, "loss", step, f"loss at step {step}"
            for phase in ("backward", "gradients", "weights"):
                yield benchmark, phase, step, f"{phase} at step {step} ({tensor})"


@pytest.mark.parametrize(("benchmark", "phase", "step", "expected"), list(cases()))
def test_a_planted_fault_is_named_exactly(
    benchmark: str, phase: str, step: int, expected: str, batches: Batches
) -> None:
    assert planted(benchmark, phase, step, batches) == expected


@pytest.mark.parametrize("benchmark", TENSORS)
def test_control_the_same_training_without_a_fault_agrees(benchmark: str, batches: Batches) -> None:
    assert planted(benchmark, "none", 3, batches) == "None"
