"""Ways in which a program can hold what carries it forward, and a way to change each."""

from __future__ import annotations

import collections
import copy
import dataclasses
import functools
import gc
import itertools
import queue
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR

from benchmarks.contract import Start, Step

AT = 3
"""The step at whose end something is changed."""
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


class Trap:
    """Objects to whatever is asked of it."""

    def __init__(self, value: torch.Tensor) -> None:
        vars_of(self)["value"] = value

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"code of the program ran: {name}")

    __eq__ = __iter__ = __len__ = __bool__ = __repr__ = __getattribute__  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


def vars_of(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = object.__getattribute__(value, "__dict__")
    return found


class Classy:
    held = torch.zeros(3)


def kept(found: list[Any] = []) -> list[Any]:  # noqa: B006
    return found


def waiting(value: torch.Tensor) -> queue.Queue[torch.Tensor]:
    found: queue.Queue[torch.Tensor] = queue.Queue()
    found.put(value)
    return found


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


def started(value: torch.Tensor) -> Iterator[int]:
    found = looping(value)
    next(found)
    return found


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
        plain(lambda: started(torch.zeros(3))),
        lambda h, m, o: h.gi_frame.f_locals["value"].add_(1),
    ),
    "a generator behind an iterator": (
        plain(lambda: enumerate(started(torch.zeros(3)))),
        lambda h, m, o: gc.get_referents(h)[0].gi_frame.f_locals["value"].add_(1),
    ),
    "a global": (
        plain(lambda: GLOBAL.update(a=torch.zeros(3))), lambda h, m, o: GLOBAL["a"].add_(1)
    ),
    "a masked array": (
        plain(lambda: np.ma.masked_array(np.zeros(3), [False, True, False])),
        lambda h, m, o: h.mask.__setitem__(0, True),
    ),
    "a queue": (plain(lambda: waiting(torch.zeros(3))), lambda h, m, o: h.queue[0].add_(1)),
    "behind many numbers": (
        plain(lambda: dict.fromkeys(range(100), 0)), lambda h, m, o: h.update(a=torch.ones(1))
    ),
    "a class": (plain(lambda: Classy), lambda h, m, o: setattr(h, "held", h.held + 1)),
    "a default of a function": (plain(lambda: kept), lambda h, m, o: h().append(torch.ones(1))),
    "an object that none may touch": (
        plain(lambda: Trap(torch.zeros(3))), lambda h, m, o: vars_of(h)["value"].add_(1)
    ),
    "a large tensor": (
        plain(lambda: torch.zeros(2**19)), lambda h, m, o: h[1234:1235].add_(1)
    ),
    "a conjugated one": (
        plain(lambda: torch.zeros(3, dtype=torch.complex64).conj()), lambda h, m, o: h.add_(1j)
    ),
}  # fmt: skip
