"""What a program holds beside its weights: a change of any of it is found where it is made."""

from __future__ import annotations

import collections
import copy
import dataclasses
import functools
import itertools
import random
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR

from benchmarks.contract import Start, Step
from tests.torch.watching import apart, column, traced

AT = 3
GLOBAL: dict[str, torch.Tensor] = {}


@dataclasses.dataclass
class Kept:
    value: Any


class Slotted:
    __slots__ = ("other", "value")

    def __init__(self, value: Any) -> None:
        self.value = value


class Wide(torch.Tensor):  # type: ignore[misc]
    """A subclass; none of its code may run while it is looked at."""

    @classmethod
    def __torch_function__(cls, *_: Any, **__: Any) -> Any:
        raise AssertionError("code of the program ran")


class Pair(NamedTuple):
    one: torch.Tensor
    other: torch.Tensor


class Model(nn.Linear):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(4, 3)
        self.register_buffer("mean", torch.zeros(3), persistent=False)
        self.copy = torch.zeros(3)
        self.filtered = nn.Linear(2, 2)

    def state_dict(self, *args: Any, **more: Any) -> dict[str, Any]:
        found = super().state_dict(*args, **more)
        return {name: value for name, value in found.items() if "filtered" not in name}


def train(hold: Callable[..., Any], spoil: Callable[..., Any] | None) -> Iterator[Any]:
    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    held = hold(model, optimizer)
    yield Start(model, optimizer)
    for step in range(6):
        x = torch.randn(8, 4)
        loss = nn.functional.linear(x, model.weight, model.bias).square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step == AT and spoil:
            spoil(held, model, optimizer)
        yield Step((x,), loss)
    assert held is None or held is not model


def cyclic() -> list[Any]:
    held: list[Any] = [torch.zeros(3)]
    held.append(held)
    return held


def looping(value: torch.Tensor) -> Iterator[int]:
    for i in itertools.count():
        yield i
        value += 0


def started(value: torch.Tensor) -> Any:
    found = looping(value)
    next(found)
    return found, value.__class__


def scaled(*_: Any) -> torch.amp.GradScaler:
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    scaler.scale(torch.ones(1))
    return scaler


def plain(make: Callable[..., Any]) -> Callable[..., Any]:
    return lambda _model, _optimizer: make()


def closed(value: torch.Tensor) -> Callable[[], torch.Tensor]:
    return lambda: value


def grown(held: Any, *_: Any) -> None:
    held.append(torch.ones(1))


KINDS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "nothing at first": (plain(dict), lambda h, m, o: h.update(a=torch.ones(1))),
    "a buffer that no state_dict holds": (plain(int), lambda h, m, o: m.mean.add_(1)),
    "an attribute of a module": (plain(int), lambda h, m, o: m.copy.add_(1)),
    "behind a filtered state_dict": (plain(int), lambda h, m, o: m.filtered.weight.data.add_(1)),
    "a second model": (plain(lambda: nn.Linear(2, 2)), lambda h, m, o: h.weight.data.mul_(2)),
    "a copy": (lambda m, o: copy.deepcopy(m), lambda h, m, o: h.weight.data.mul_(2)),
    "momentum": (plain(int), lambda h, m, o: o.state[m.bias]["momentum_buffer"].mul_(2)),
    "a learning rate": (plain(int), lambda h, m, o: o.param_groups[0].update(lr=0.02)),
    "a scheduler": (
        lambda m, o: OneCycleLR(o, 0.02, total_steps=60),
        lambda h, m, o: setattr(h, "last_epoch", h.last_epoch + 1),
    ),
    "a scaler": (scaled, lambda h, m, o: h.update(4.0)),
    "a list": (plain(lambda: [0, torch.zeros(3)]), lambda h, m, o: h[1].add_(1)),
    "a list that grows": (plain(list), grown),
    "a cycle": (plain(cyclic), lambda h, m, o: h[0].add_(1)),
    "a deque": (plain(lambda: collections.deque([torch.zeros(3)])), lambda h, m, o: h[0].add_(1)),
    "a dict in a dict": (
        plain(lambda: {"a": {1: torch.zeros(3)}}), lambda h, m, o: h["a"][1].add_(1)
    ),
    "keys by address": (
        lambda m, o: {id(m): torch.zeros(3)}, lambda h, m, o: h[id(m)].add_(1)
    ),
    "a dataclass": (plain(lambda: Kept(torch.zeros(3))), lambda h, m, o: h.value.add_(1)),
    "another in its place": (
        plain(lambda: Kept(torch.zeros(3))), lambda h, m, o: setattr(h, "value", torch.ones(3))
    ),
    "slots": (plain(lambda: Slotted(torch.zeros(3))), lambda h, m, o: h.value.add_(1)),
    "a named tuple": (
        plain(lambda: Pair(torch.zeros(3), torch.ones(2))), lambda h, m, o: h.other.add_(1)
    ),
    "an array": (plain(lambda: np.zeros(3)), lambda h, m, o: h.__iadd__(1)),
    "a subclass": (
        plain(lambda: torch.zeros(3).as_subclass(Wide)),
        lambda h, m, o: torch._C._disabled_torch_function_impl(
            torch.Tensor.add_, (Wide,), (h, 1), {}
        ),
    ),
    "a closure": (
        plain(lambda: closed(torch.zeros(3))), lambda h, m, o: h().add_(1)
    ),
    "a partial function": (
        plain(lambda: functools.partial(max, torch.zeros(3))), lambda h, m, o: h.args[0].add_(1)
    ),
    "a method": (plain(lambda: nn.Linear(2, 2).forward),
                 lambda h, m, o: h.__self__.bias.data.add_(1)),
    "a suspended generator": (
        plain(lambda: started(torch.zeros(3))[0]),
        lambda h, m, o: h.gi_frame.f_locals["value"].add_(1),
    ),
    "a global": (
        plain(lambda: GLOBAL.update(a=torch.zeros(3))), lambda h, m, o: GLOBAL["a"].add_(1)
    ),
    "a large tensor": (
        plain(lambda: torch.zeros(2**19)), lambda h, m, o: h[1234:1235].add_(1)
    ),
    "a conjugated one": (
        plain(lambda: torch.zeros(3, dtype=torch.complex64).conj()), lambda h, m, o: h.add_(1j)
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_carries_a_run_forward_is_watched(kind: str) -> None:
    hold, spoil = KINDS[kind]
    clean, again, other = (traced(train, hold, one) for one in (None, None, spoil))
    assert apart(clean, again) == [] and clean.final_state == again.final_state, "control"
    assert (clean.ends == again.ends).all()
    assert apart(clean, other)[0] == (AT, "state")
    assert clean.final_state != other.final_state


def test_a_write_that_leaves_no_mark_is_found_at_the_end() -> None:
    """One element of a large tensor through `.data`: no version tells, no sample shows it."""
    hold = plain(lambda: torch.zeros(2**19))
    clean, other = (
        traced(train, hold, spoil) for spoil in (None, lambda h, m, o: h.data[77:78].add_(1))
    )
    assert apart(clean, other) == [] and clean.final_state != other.final_state
    assert clean.ends[6] != other.ends[6] and clean.ends[5] == other.ends[5]


def test_what_was_held_otherwise_from_the_start_shows_there() -> None:
    one, other = (traced(train, plain(lambda v=v: torch.full((3,), v)), None) for v in (0.0, 1.0))
    assert one.ends[5] != other.ends[5] and (one.initial == other.initial).all()


def drifting(by: str) -> Iterator[Any]:
    """Hold what differs from run to run and carries nothing forward."""
    model, first, kept = nn.Linear(4, 3), time.perf_counter(), Kept(0.0)
    stamps: list[float] = []
    scratch = None
    yield Start(model)
    for _ in range(4):
        loss = model(torch.ones(2, 4)).sum()
        noise = random.SystemRandom().random()
        if by == "a local that is written before it is read":
            scratch = torch.full((100,), noise)
            assert scratch is not None
        if by == "numbers":
            first, kept.value = first + noise, noise
            stamps.append(time.perf_counter())
        yield Step((), loss)
    assert first and stamps is not None


@pytest.mark.parametrize("by", ["a local that is written before it is read", "numbers", "none"])
def test_what_carries_nothing_forward_makes_no_difference(by: str) -> None:
    one, other = traced(drifting, by), traced(drifting, by)
    assert apart(one, other) == [] and one.final_state == other.final_state
    assert one.unwatched == (["numbers: first, kept.value, stamps"] if by == "numbers" else [])


def hidden_optimizer(spoil: bool) -> Iterator[Any]:
    """Keep an optimizer where no walk can go: in an object of another library."""
    model, other = nn.Linear(4, 3), nn.Linear(4, 3)
    kept = random.Random(0)
    kept.optimizer = torch.optim.Adam(other.parameters())  # type: ignore[attr-defined]
    yield Start(model)
    for step in range(5):
        loss = (model(torch.ones(2, 4)) + other(torch.ones(2, 4))).square().sum()
        kept.optimizer.zero_grad()  # type: ignore[attr-defined]
        loss.backward()
        if spoil and step == AT:
            other.bias.grad.add_(1)
        kept.optimizer.step()  # type: ignore[attr-defined]
        yield Step((), loss)


def test_an_optimizer_that_is_out_of_reach_is_seen_when_it_steps() -> None:
    clean, other = traced(hidden_optimizer, False), traced(hidden_optimizer, True)
    assert apart(clean, other)[0] == (AT, "gradients"), "and its parameters are among the leaves"
    assert any(name.startswith("Adam.state[") for name in clean.state_tensors)


def many(count: int) -> Iterator[Any]:
    model, history = nn.Linear(4, 3), []
    yield Start(model)
    for step in range(count):
        history.append(torch.tensor(float(step)))
        yield Step((), history[-1])
    assert history


def test_of_a_long_list_what_comes_in_is_looked_at() -> None:
    found = traced(many, 70)
    assert len(set(column(found, "state").tolist())) == 70
    assert found.unwatched == ["history: only the last 64 of its elements were looked at"]
    assert traced(many, 60).unwatched == [], "control"


def test_names_are_those_of_the_program() -> None:
    found = traced(train, lambda m, o: OneCycleLR(o, 0.02, total_steps=60), None)
    names = found.state_tensors
    assert "model.mean (buffer)" in names and "model.copy" in names
    assert "optimizer.state[weight].momentum_buffer" in names
    assert "optimizer.group[0].lr" in names and "held.last_epoch" in names
    assert not any(name.startswith(("x", "loss", "step")) for name in names)
    assert found.moved == 2


def strided(spoil: bool) -> Iterator[Any]:
    weight = torch.ones(10)[::2]
    yield Start({"w": weight, "dense": torch.ones(3, 2).t()})
    for step in range(5):
        if spoil and step == AT:
            weight._base[1] = 2.0
        yield Step((), torch.tensor(1.0))


def test_memory_between_the_elements_of_a_weight_is_watched() -> None:
    clean, other = traced(strided, False), traced(strided, True)
    assert apart(clean, other)[0] == (AT, "state")
    names = [name for name in clean.state_tensors if not name.startswith("GLOBAL")]
    assert names == ["w (memory between its elements)"]
