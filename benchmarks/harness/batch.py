"""What a step was given: a nested collection, as named tensors and a text for all else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from torch import Tensor

from benchmarks.harness.fingerprint import Traced

PLAIN = (bool, int, float, complex, str, bytes, type(None), np.number, np.bool_)


def tensors(batch: Any) -> tuple[dict[str, Traced], str]:
    """Return a batch's tensors and arrays by name, and its plain values as a text.

    Dicts are read in the order of their keys, so that a tuple, a list and a dict of the same
    tensors are one batch; the text is empty where there is nothing else. Raises `TypeError`, in one
    line, for what is no collection of tensors.
    """
    if type(batch) in (tuple, list) and all(isinstance(part, Tensor) for part in batch):
        return {str(i): part for i, part in enumerate(batch)}, ""
    if not isinstance(batch, tuple | list | Mapping):
        raise TypeError(_refusal("the batch", batch))
    found: dict[str, Traced] = {}
    words = [_said(name, part, found) for name, part in _leaves("", batch)]
    return found, "; ".join(words) if len(words) > len(found) else ""


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a collection holds, however deep, by its keys; empty ones as their kind."""
    if isinstance(value, Mapping):
        parts = sorted(((str(key), part) for key, part in value.items()), key=lambda pair: pair[0])
    elif isinstance(value, tuple | list):
        keys = getattr(value, "_fields", None) or range(len(value))
        parts = [(str(key), part) for key, part in zip(keys, value, strict=True)]
    else:
        yield name, value
        return
    if not parts and name:
        yield name, type(value).__name__
    for key, part in parts:
        yield from _leaves(f"{name}.{key}".lstrip("."), part)


def _said(name: str, value: Any, found: dict[str, Traced]) -> str:
    """Keep a tensor under its name; return what stands for a value in the text."""
    if isinstance(value, Tensor | np.ndarray):
        while name in found:
            name += "'"
        found[name] = value
        return "tensor"
    if isinstance(value, PLAIN):
        return repr(value.item() if isinstance(value, np.generic) else value)
    raise TypeError(_refusal(f"the batch's {name!r}", value))


def _refusal(what: str, value: Any) -> str:
    return (
        f"{what} is of the type {type(value).__name__}: expected a tensor in a tuple, a list or a "
        "dict, nested as you like; write Step((x,), loss)"
    )


def check_loss(loss: Any) -> None:
    """Raise `TypeError` or `RuntimeError`, in one line, for a loss that is no scalar tensor."""
    if not isinstance(loss, Tensor):
        raise TypeError(
            f"the loss is of the type {type(loss).__name__}: expected the tensor itself; write "
            "Step(batch, loss), not loss.item()"
        )
    if loss.dim():
        raise RuntimeError(f"the loss has shape {list(loss.shape)}; yield it as a scalar")
