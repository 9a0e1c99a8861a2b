"""Fingerprints and the tracer on real tensors: one planted bit is caught, equal bits agree."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.trace import FLUSH_EVERY, PHASES, Fingerprint, Tracer, joined, keys, words

CPU = torch.device("cpu")


def fingerprint(*tensors: torch.Tensor | None) -> int:
    with torch.no_grad():
        return int(Fingerprint(CPU)(list(tensors))) % 2**64


def flip(tensor: torch.Tensor, index: int, bit: int) -> torch.Tensor:
    """Return a copy with one bit of one 32-bit word flipped."""
    changed = tensor.clone()
    view = changed.view(-1).view(torch.int32)
    view[index] ^= torch.tensor(1 << bit if bit < 31 else -(2**31), dtype=torch.int32)
    return changed


def test_keys_are_splitmix64_of_seed_zero() -> None:
    # The first outputs of the reference implementation seeded with 0.
    assert [hex(k) for k in keys(2).tolist()] == ["0xe220a8397b1dcdaf", "0x6e789e6aa1b965f4"]
    assert len(set(keys(100_000).tolist())) == 100_000


def test_the_fingerprint_is_the_sum_that_the_docstring_states() -> None:
    tensor = torch.tensor([1.0, -2.5, 3e-40])
    bits = np.frombuffer(tensor.numpy().tobytes(), dtype=np.int32).tolist()
    sums = [sum(k * w for k, w in zip(keys(3).tolist(), b, strict=True)) for b in (bits, [0] * 3)]
    difference = fingerprint(tensor) - fingerprint(torch.zeros(3))
    assert (sums[0] - sums[1] - difference) % 2**64 == 0


@pytest.mark.parametrize("bit", range(32))
@pytest.mark.parametrize("index", [0, 777, 1023])
def test_every_single_bit_counts(bit: int, index: int) -> None:
    tensor = torch.randn(1024)
    assert fingerprint(tensor) != fingerprint(flip(tensor, index, bit))
    assert fingerprint(tensor) == fingerprint(tensor.clone())


def test_pairs_of_sign_flips_count() -> None:
    # Products modulo 2**64 lose the top bits: odd keys would let two sign flips cancel.
    tensor = torch.randn(64)
    seen = {fingerprint(tensor)}
    for i in range(64):
        for j in range(i):
            seen.add(fingerprint(flip(flip(tensor, i, 31), j, 31)))
    assert len(seen) == 1 + 64 * 63 // 2


def test_swapped_elements_and_samples_count() -> None:
    batch = torch.randn(4, 3, 32, 32)
    assert fingerprint(batch) != fingerprint(batch[[1, 0, 2, 3]])
    labels = torch.tensor([1, 2, 3, 4])
    assert fingerprint(labels) != fingerprint(labels[[0, 1, 3, 2]])


def test_values_that_compare_equal_or_unequal_are_told_by_their_bits() -> None:
    assert fingerprint(torch.tensor([0.0])) != fingerprint(torch.tensor([-0.0]))
    nan = torch.tensor([math.nan])
    assert fingerprint(nan) == fingerprint(nan.clone())
    assert fingerprint(nan) != fingerprint(flip(nan, 0, 3))


def test_shape_dtype_and_absence_count() -> None:
    zeros = torch.zeros(6)
    others: list[torch.Tensor | None] = [torch.zeros(2, 3), torch.zeros(3, dtype=torch.float64)]
    others += [torch.zeros(6, dtype=torch.int32), None]
    assert len({fingerprint(t) for t in (zeros, *others)}) == 5
    assert fingerprint(zeros, None) != fingerprint(None, zeros)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.complex64, torch.int32])
def test_joining_in_one_operator_keeps_every_bit(dtype: torch.dtype) -> None:
    size = torch.empty((), dtype=dtype).element_size() // 4
    raw = torch.randint(-(2**31), 2**31 - 1, (3, 4 * 6 * size)).to(torch.int32)  # NaNs among them
    a, b, c = (part.view(dtype).reshape(4, 6) for part in raw)
    apart = [words(part) for part in (a.t(), b[:, ::2], c)]
    assert torch.equal(joined([a.t(), b[:, ::2], c]), torch.cat(apart))
    mixed = [a, b.to(torch.float16) if dtype == torch.int32 else b.real.half(), c]
    assert torch.equal(joined(mixed), torch.cat([words(part) for part in mixed]))


def test_order_in_memory_does_not_count() -> None:
    matrix = torch.randn(5, 7)
    assert fingerprint(matrix) == fingerprint(matrix.t().contiguous().t())


@pytest.mark.parametrize(
    "dtype", [torch.uint8, torch.bool, torch.float16, torch.bfloat16, torch.int64, torch.complex64]
)
def test_every_dtype_has_words(dtype: torch.dtype) -> None:
    tensor = torch.ones(5).to(dtype)
    changed = tensor.clone()
    changed[3] = 0
    assert words(tensor).dtype == torch.int32
    assert fingerprint(tensor) != fingerprint(changed)
    assert fingerprint(tensor) == fingerprint(tensor.clone())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=50), st.data())
def test_any_two_different_arrays_differ(bits: list[int], data: Any) -> None:
    other = data.draw(st.lists(st.integers(0, 2**32 - 1), min_size=len(bits), max_size=len(bits)))
    left, right = (torch.from_numpy(np.array(b, np.uint32).view(np.int32)) for b in (bits, other))
    assert (fingerprint(left) == fingerprint(right)) == (bits == other)


def test_the_sum_on_a_gpu_is_the_dot_product_on_a_cpu() -> None:
    on_cpu, as_on_gpu = Fingerprint(CPU), Fingerprint(CPU)
    as_on_gpu._device = torch.device("cuda")  # takes the other formula
    as_on_gpu._salts = on_cpu._salts
    tensor = torch.randn(10_000)
    value = on_cpu([tensor])
    as_on_gpu._keys = on_cpu._keys
    assert int(value) % 2**64 == int(as_on_gpu([tensor])) % 2**64


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
@pytest.mark.parametrize(("column", "phase"), list(enumerate(PHASES)))
def test_a_fault_in_training_shows_first_in_its_phase(step: int, column: int, phase: str) -> None:
    clean, planted = trained(40), trained(40, {phase: step})
    rows, columns = np.nonzero(clean.steps != planted.steps)
    assert (rows[0], columns[0]) == (step, column)
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
    assert trace.steps.shape == (FLUSH_EVERY + 5, 4)
    assert trace.losses.tolist() == [float(step) for step in range(FLUSH_EVERY + 5)]
    assert len(set(trace.steps[:, 0].tolist())) == FLUSH_EVERY + 5


def test_a_weight_that_is_replaced_is_still_watched() -> None:
    def traced(change: float) -> Any:
        weights = {"w": torch.ones(3)}
        tracer = Tracer(CPU)
        tracer.start(weights)
        weights["w"] = weights["w"] + change
        tracer.step((), torch.tensor(0.0))
        return tracer.finish()

    first, other, again = traced(1.0), traced(2.0), traced(1.0)
    assert first.steps[0, 3] != other.steps[0, 3]
    assert first.final_weights != other.final_weights
    assert first.steps[0, 3] == again.steps[0, 3] and first.final_weights == again.final_weights


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
