"""Holders of what carries a program forward that need more than a look at their attributes."""

from __future__ import annotations

import collections
import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from tests.torch.held import Wide, plain

Way = tuple[Callable[..., Any], Callable[..., Any]]
"""How something is held, and how it is changed."""


class Recorder:
    def __init__(self) -> None:
        self.mean = torch.zeros(3)

    def __call__(self, *_: Any) -> None:
        self.mean += 0

    def note(self, *_: Any) -> None:
        self.mean += 0


class Mapped(dict[str, Any]):
    pass


class Listed(list[Any]):
    __slots__ = ("ema",)


class Turned(collections.deque[Any]):
    pass


class Grouped(set[Any]):
    pass


class Scaler(torch.amp.GradScaler):  # type: ignore[misc]
    pass


class Draws(torch.Generator):  # type: ignore[misc]
    pass


class Slots(nn.Linear):  # type: ignore[misc]
    __slots__ = ("ema",)


class Masked(Wide):
    __slots__ = ("ema",)


class Scripted(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(2, 2)
        self.ema = torch.zeros(3)
        self.register_buffer("mean", torch.zeros(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.ema + self.mean


def with_ema(make: Callable[[], Any]) -> Callable[..., Any]:
    def hold(_model: Any, _optimizer: Any) -> Any:
        held = make()
        held.ema = torch.zeros(3)
        return held

    return hold


def add_ema(held: Any, _model: Any, _optimizer: Any) -> None:
    object.__getattribute__(held, "ema").data.add_(1)


def hooked(register: str, hook: Callable[[Recorder], Any]) -> Callable[..., Any]:
    """Hold a recorder in a module's hook alone; what is returned gives no way to it."""

    def hold(model: nn.Module, _optimizer: Any) -> None:
        getattr(model, register)(hook(Recorder()))

    return hold


def noted(kind: str, find: Callable[[Any], Recorder]) -> Callable[..., Any]:
    def spoil(_held: Any, model: nn.Module, _optimizer: Any) -> None:
        (hook,) = getattr(model, kind).values()
        find(hook).mean.add_(1)

    return spoil


def enclosing(recorder: Recorder) -> Callable[..., None]:
    return lambda *_: recorder.note()


def itself(hook: Any) -> Any:
    return hook


MAKERS: dict[str, Callable[[], Any]] = {
    "a dict": Mapped,
    "a list": Listed,
    "a deque": Turned,
    "a set": Grouped,
    "a scaler": lambda: Scaler("cpu"),
    "a generator": Draws,
    "a module": lambda: Slots(2, 2),
}
ATTRIBUTES: dict[str, Way] = {
    f"an attribute beside {name}": (with_ema(make), add_ema) for name, make in MAKERS.items()
}
HOOKS: dict[str, Way] = {
    "an object that is a hook": (
        hooked("register_forward_hook", itself), noted("_forward_hooks", itself)
    ),
    "a method that is a hook": (
        hooked("register_forward_pre_hook", lambda one: one.note),
        noted("_forward_pre_hooks", lambda hook: hook.__self__),
    ),
    "a closure that is a hook": (
        hooked("register_full_backward_hook", enclosing),
        noted("_backward_hooks", lambda hook: hook.__closure__[0].cell_contents),
    ),
    "a partial that is a hook": (
        hooked("register_state_dict_post_hook", lambda one: functools.partial(Recorder.note, one)),
        noted("_state_dict_hooks", lambda hook: hook.args[0]),
    ),
}  # fmt: skip
SCRIPTED: dict[str, Way] = {
    "an attribute of a scripted module": (
        plain(lambda: torch.jit.script(Scripted())), lambda h, m, o: h.ema.add_(1)
    ),
    "a buffer of a scripted module": (
        plain(lambda: torch.jit.script(Scripted())), lambda h, m, o: h.mean.add_(1)
    ),
    "a module in a scripted module": (
        plain(lambda: torch.jit.script(Scripted())),
        lambda h, m, o: h.inner.weight.data.add_(1),
    ),
}  # fmt: skip
WAYS: dict[str, Way] = {**ATTRIBUTES, **HOOKS, **SCRIPTED}
