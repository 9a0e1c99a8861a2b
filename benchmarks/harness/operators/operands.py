"""What an operator of PyTorch takes and gives, by its schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

SHOWN = 120
"""Characters of an argument."""
PLAIN = (int, float, complex, str, type(None), torch.dtype, torch.device, torch.layout)
"""Kinds of arguments that are said as they are; of any other the kind."""


def name_of(func: Any) -> str:
    """Return `mm` of `aten::mm`."""
    found: str = func._schema.name.partition("::")[2]
    return found


def arguments(schema: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Return what an operator is given, each with what its schema says of it."""
    by_name = {argument.name: argument for argument in schema.arguments}
    named = [(by_name[name], value) for name, value in kwargs.items() if name in by_name]
    return [*zip(schema.arguments, args, strict=False), *named]


def is_written(argument: Any) -> bool:
    """Say whether an operator writes into an argument."""
    return argument.alias_info is not None and argument.alias_info.is_write


def is_view(schema: Any) -> bool:
    """Say whether an operator gives the memory that it was given, and does nothing to it."""
    return any(one.alias_info and not one.alias_info.is_write for one in schema.returns)


def tensors_of(value: Any) -> Iterator[Tensor]:
    """Yield the tensors of an argument or a result, within lists, too."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from tensors_of(one)


def said(value: Any) -> Iterator[str]:
    """Yield what stands for each argument that is no tensor."""
    if isinstance(value, list | tuple):
        for one in value:
            yield from said(one)
    elif isinstance(value, PLAIN):
        yield repr(value)[:SHOWN]
    elif not isinstance(value, Tensor):
        yield type(value).__name__
