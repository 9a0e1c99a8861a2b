"""The tracer on real tensors: one planted bit is caught in its phase, equal training agrees."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.harness.rows import FLUSH_EVERY
from benchmarks.harness.trace import Tracer
from benchmarks.harness.traced import PHASES
from tests.torch.fingerprints import CPU, flip
from tests.torch.watching import column


def trained(steps: int, fault: dict[str, int] | None = None) -> Any:
    """Train two linear layers; plant one changed bit at a step and phase if asked."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    fault = fault or {}
    if "initial" in fault:
        parameter = list(model.parameters())[fault["initial"]]
        parameter.data = flip(parameter.data, 0, 0)
    tracer = Tracer(CPU)
    tracer.start(model)
    for step in range(steps):
        x = torch.randn(4, 4)
        if fault.get("batch") == step:
            x = x[[1, 0, 2, 3]]
        loss = (model(x) ** 2).sum()
        if fault.get("loss") == step:
            loss = flip(loss.detach(), 0, 0).requires_grad_() * 1 + (loss - loss.detach()) * 1
        model.zero_grad()
        loss.backward()
        gradient = model[0].weight.grad
        assert gradient is not None
        kept = gradient.clone()
        if fault.get("gradients") == step:
            model[0].weight.grad = flip(gradient, 5, 0)
        with torch.no_grad():
            for p in model.parameters():
                p.sub_(0.01 * (kept if p is model[0].weight else p.grad))
            if fault.get("weights") == step:
                model[2].bias.copy_(flip(model[2].bias, 0, 0))
        tracer.step((x,), loss)
    return tracer.finish()


@pytest.mark.parametrize("step", [0, 20, 39])
@pytest.mark.parametrize("phase", ["batch", "loss", "gradients", "weights"])
def test_a_fault_in_training_shows_first_in_its_phase(step: int, phase: str) -> None:
    clean, planted = trained(40), trained(40, {phase: step})
    rows, columns = np.nonzero(clean.steps != planted.steps)
    assert (rows[0], PHASES[columns[0]]) == (step, phase)
    assert (clean.initial == planted.initial).all()


def test_a_fault_in_an_initial_weight_names_its_tensor() -> None:
    clean, planted = trained(2), trained(2, {"initial": 2})
    assert np.nonzero(clean.initial != planted.initial)[0].tolist() == [2]
    assert clean.tensors[2] == "2.weight"


def test_equal_training_has_equal_traces() -> None:
    first, second = trained(40), trained(40)
    assert (first.steps == second.steps).all() and first.final_weights == second.final_weights


def test_tracing_in_pieces_is_tracing_at_once() -> None:
    tracer = Tracer(CPU)
    weight = torch.ones(3)
    tracer.start({"w": weight})
    for step in range(FLUSH_EVERY + 5):
        tracer.step((torch.tensor([step]),), torch.tensor(float(step)))
    trace = tracer.finish()
    assert trace.steps.shape == (FLUSH_EVERY + 5, len(PHASES))
    assert trace.losses.tolist() == [float(step) for step in range(FLUSH_EVERY + 5)]
    assert len(set(column(trace, "batch").tolist())) == FLUSH_EVERY + 5


def test_a_weight_that_is_replaced_is_still_watched() -> None:
    def traced(change: float) -> Any:
        weights = {"w": torch.ones(3)}
        tracer = Tracer(CPU)
        tracer.start(weights)
        weights["w"] = weights["w"] + change
        tracer.step((), torch.tensor(0.0))
        return tracer.finish()

    first, other, again = traced(1.0), traced(2.0), traced(1.0)
    assert column(first, "weights") != column(other, "weights")
    assert first.final_weights != other.final_weights
    assert (
        column(first, "weights") == column(again, "weights")
        and first.final_weights == again.final_weights
    )


@pytest.mark.parametrize("way", ["data", "set_", "t_", "resize_"])
def test_a_weight_that_is_moved_under_its_name_is_still_watched(way: str) -> None:
    def traced(value: float) -> Any:
        weight = torch.arange(4.0).view(2, 2)
        tracer = Tracer(CPU)
        tracer.start({"w": weight})
        for step in range(4):
            if step == 2 and value:
                if way == "data":
                    weight.data = torch.full((2, 2), value)
                elif way == "set_":
                    weight.set_(torch.full((2, 2), value))
                else:
                    getattr(weight, way)(*([1, 4] if way == "resize_" else []))
            tracer.step((), torch.tensor(0.0))
        tracer.close()
        return tracer.finish()

    found = column(traced(2.0), "weights")
    assert len(set(found.tolist())) == 2 and found[1] != found[2]
    assert len(set(column(traced(0.0), "weights").tolist())) == 1, "control"


def test_what_would_leave_weights_unwatched_is_refused() -> None:
    tracer = Tracer(CPU)
    with pytest.raises(RuntimeError, match="no Start before its first step"):
        tracer.step((), torch.tensor(0.0))
    tracer.start({"w": torch.ones(1)})
    with pytest.raises(RuntimeError, match="yielded Start twice"):
        tracer.start({"v": torch.ones(1)})
    with pytest.raises(RuntimeError, match=r"the loss has shape \[1\]"):
        tracer.step((), torch.ones(1))


def test_tracing_leaves_the_generators_alone() -> None:
    torch.manual_seed(0)
    expected = torch.rand(5)
    torch.manual_seed(0)
    Tracer(CPU).start({"w": torch.ones(1000)})
    assert torch.equal(torch.rand(5), expected)


def test_the_loss_is_kept_as_it_was() -> None:
    loss = torch.tensor(2.0, dtype=torch.float64)
    tracer = Tracer(CPU)
    tracer.start({"w": torch.ones(1)})
    tracer.step((), loss)
    loss += 1
    assert tracer.finish().losses.tolist() == [2.0]


def test_a_weight_that_vanishes_is_refused() -> None:
    weights = {"w": torch.ones(3), "v": torch.ones(1)}
    tracer = Tracer(CPU)
    tracer.start(weights)
    tracer.step((), torch.tensor(0.0))  # control
    del weights["w"]
    for look in (lambda: tracer.step((), torch.tensor(0.0)), tracer.finish):
        with pytest.raises(RuntimeError, match="the weight 'w', named at Start, is gone"):
            look()
