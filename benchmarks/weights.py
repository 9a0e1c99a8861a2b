"""The weights of a program, by name, as they stand now."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from operator import is_
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

Weights: TypeAlias = nn.Module | Mapping[str, Tensor] | tuple[Any, ...]
"""A module, a mapping, or several: the first as it is, the names of others behind `model2.` …"""
EXTRA = "_extra_state"
"""What a module's `get_extra_state` returns stands under this key of its `state_dict`."""


def named(weights: Weights) -> dict[str, Tensor]:
    """Return parameters and buffers by name: asked anew, for a program may replace a tensor.

    Extra state of modules comes as tensors, numbers and texts too. Raises `TypeError` for an entry
    that is no tensor.
    """
    if isinstance(weights, tuple):
        found = named(weights[0])
        for number, model in enumerate(weights[1:], 2):
            found |= {f"model{number}.{name}": tensor for name, tensor in named(model).items()}
        return found
    if isinstance(weights, nn.Module):
        found = {}
        for name, value in weights.state_dict(keep_vars=True).items():
            if isinstance(value, Tensor) or name.rpartition(".")[2] != EXTRA:
                found[name] = value
            else:
                found.update(_extra(name, value))
    else:
        found = dict(weights)
    for name, tensor in found.items():
        if not isinstance(tensor, Tensor) or not isinstance(name, str):
            raise TypeError(
                f"the weights' entry {name!r} is of type {type(tensor).__name__}: expected a "
                "tensor by its name; name the tensors alone: Start(dict(model.named_parameters()))"
            )
    return found


def paths(weights: Weights) -> dict[int, str]:
    """Return the path of each module by its `id`, as `named` would have it."""
    found: dict[int, str] = {}
    for number, model in enumerate(weights if isinstance(weights, tuple) else (weights,), 1):
        head = f"model{number}." if number > 1 else ""
        if isinstance(model, nn.Module):
            found |= {id(module): head + name for name, module in model.named_modules() if name}
    return found


class Source:
    """The weights, asked again and again: as `named`, without a walk while nothing is new."""

    def __init__(self, weights: Weights) -> None:
        """Know whose weights they are."""
        self._weights = weights
        self._modules: list[nn.Module] = []
        self._seen: list[Any] = []
        self._found: dict[str, Tensor] = {}

    def __call__(self) -> dict[str, Tensor]:
        """Return what `named` does."""
        if not isinstance(self._weights, nn.Module):
            return named(self._weights)
        now = [value for module in self._modules for value in _registered(module)]
        if not now or len(now) != len(self._seen) or not all(map(is_, now, self._seen)):
            self._found = named(self._weights)
            modules = list(self._weights.modules())
            self._modules = modules if all(map(_is_ordinary, modules)) else []
            self._seen = [value for module in self._modules for value in _registered(module)]
        return self._found


def _registered(module: nn.Module) -> list[Any]:
    own = module.__dict__
    parameters, buffers, modules = own["_parameters"], own["_buffers"], own["_modules"]
    return [
        *parameters.values(),
        *buffers.values(),
        *modules.values(),
        len(parameters),
        len(buffers),
    ]


HOOKS = ("_state_dict_hooks", "_state_dict_pre_hooks")


def _is_ordinary(module: nn.Module) -> bool:
    """Whether a module's `state_dict` is what it registers, and nothing of its own making."""
    kind = type(module)
    return not any(module.__dict__.get(hooks) for hooks in HOOKS) and all(
        getattr(kind, name) is getattr(nn.Module, name)
        for name in ("state_dict", "_save_to_state_dict", "get_extra_state")
    )


def _extra(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the tensors that stand for a module's extra state; what has no bits as it is."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _extra(f"{name}.{key}", part)
    elif isinstance(value, list | tuple):
        for i, part in enumerate(value):
            yield from _extra(f"{name}[{i}]", part)
    elif isinstance(value, bool | int | float | complex):
        wide = {float: torch.float64, complex: torch.complex128}
        yield name, torch.tensor(value, dtype=wide.get(type(value)))
    elif isinstance(value, str | bytes | bytearray | io.BytesIO):
        content = value.getvalue() if isinstance(value, io.BytesIO) else value
        content = content.encode() if isinstance(content, str) else content
        yield name, torch.tensor(list(content), dtype=torch.uint8)
    elif value is not None:
        yield name, value


def parted(
    parts: Sequence[Any], carried: dict[str, Any] | None
) -> tuple[list[nn.Module], list[Any], dict[str, Any]]:
    """Return further modules, all else that has a state, and the values that a program carries.

    Raises `TypeError` for what is none of these.
    """
    models, others, dicts = [], [], [] if carried is None else [carried]
    for part in parts:
        if isinstance(part, nn.Module):
            models.append(part)
        elif isinstance(part, dict):
            dicts.append(part)
        elif hasattr(part, "state_dict") and hasattr(part, "load_state_dict"):
            others.append(part)
        elif part is not None:
            raise TypeError(
                f"Start(…) got the type {type(part).__name__}: expected something with state_dict "
                "and load_state_dict, or a dict of plain values; write Start(model, optimizer)"
            )
    if len(dicts) > 1:
        raise TypeError("Start(…) got two dicts of plain values: expected one; join them")
    return models, others, dicts[0] if dicts else {}


def check(weights: Weights) -> None:
    """Raise `TypeError` or `ValueError`, with what to write, unless these name tensors for good.

    An iterator, say, is empty when it is looked at again.
    """
    first = weights[0] if isinstance(weights, tuple) else weights
    if not isinstance(first, nn.Module | Mapping):
        raise TypeError(
            f"Start(weights) got the type {type(first).__name__}: expected a module, or a "
            "mapping of tensors by name; write Start(model) or Start({'w': w})"
        )
    if not named(weights):
        raise ValueError(
            "Start(weights) names no tensor: nothing would be compared; write Start(model), once "
            "its weights are made"
        )
