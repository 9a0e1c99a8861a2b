"""Tensors of every kind, taken apart into plain ones that hold all of their bits."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.parameter import Buffer, Parameter, UninitializedTensorMixin
from torch.utils._python_dispatch import is_traceable_wrapper_subclass

from benchmarks.harness.unrecorded import unrecorded

Given = ParamSpec("Given")
Result = TypeVar("Result")

PACKED = {torch.quint4x2, torch.quint2x4}
"""Quantised dtypes whose elements cannot be had one by one."""
QUANTISED = {torch.qint8, torch.quint8, torch.qint32, *PACKED}
SPARSE = {
    torch.sparse_coo: ("indices", "values"),
    torch.sparse_csr: ("crow_indices", "col_indices", "values"),
    torch.sparse_bsr: ("crow_indices", "col_indices", "values"),
    torch.sparse_csc: ("ccol_indices", "row_indices", "values"),
    torch.sparse_bsc: ("ccol_indices", "row_indices", "values"),
}
"""What a tensor of each sparse layout is made of."""
PLAIN_TYPES = {Tensor, Parameter, Buffer}


class UnreadableError(TypeError):
    """A tensor has no bits that could be compared; the text follows its name."""


def is_plain(tensor: Any) -> bool:
    """Say whether a tensor's bits are all there is of it, in memory as they are read."""
    return (
        type(tensor) in PLAIN_TYPES
        and tensor.layout is torch.strided
        and tensor.dtype not in QUANTISED
        and not (tensor.is_conj() or tensor.is_neg() or tensor.is_nested or tensor.is_meta)
    )


def is_lazy(tensor: Any) -> bool:
    """Say whether a parameter is still without shape and values."""
    return isinstance(tensor, UninitializedTensorMixin)


def only_looking(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Let a function record nothing for autograd, and call no code of a tensor's own class."""

    @wraps(function)
    @unrecorded
    def looks(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        with torch.no_grad(), torch._C.DisableTorchFunctionSubclass():
            return function(*args, **kwargs)

    return looks


def parts(tensor: Tensor) -> tuple[str, list[Tensor]]:
    """Return what kind of tensor this is, and plain ones that hold all of it, in a fixed order.

    Sparse tensors are coalesced first, so that two ways to write one tensor are one; views that
    conjugate or negate are resolved. Raises `UnreadableError` for a tensor that holds no bits.
    """
    if is_plain(tensor):
        return "", [tensor]
    if is_lazy(tensor):
        return "lazy", []
    return _apart(tensor)


def _apart(tensor: Tensor) -> tuple[str, list[Tensor]]:
    _check(tensor)
    if is_traceable_wrapper_subclass(tensor):
        names, _ = tensor.__tensor_flatten__()
        return _joined(type(tensor).__name__, [getattr(tensor, name) for name in names])
    tensor = tensor.detach()
    if tensor.is_nested:
        return _joined("nested", list(tensor.unbind()))
    if inner := SPARSE.get(tensor.layout):
        tensor = tensor.coalesce() if tensor.layout is torch.sparse_coo else tensor
        kind = f"{tensor.layout} {list(tensor.shape)}"
        return _joined(kind, [getattr(tensor, name)() for name in inner])
    if tensor.dtype in QUANTISED:
        return _joined(str(tensor.dtype), [tensor.int_repr(), *_scales(tensor)])
    if tensor.layout is not torch.strided:
        return _joined(str(tensor.layout), [tensor.to_dense()])
    return "", [tensor.as_subclass(Tensor).resolve_conj().resolve_neg()]


def _check(tensor: Tensor) -> None:
    if tensor.is_meta:
        raise UnreadableError("is on the meta device and holds no bits: give it values first")
    if tensor.dtype in PACKED:
        raise UnreadableError(f"is of {tensor.dtype}, whose elements cannot be read one by one")


def _scales(tensor: Tensor) -> list[Tensor]:
    if tensor.qscheme() in (torch.per_tensor_affine, torch.per_tensor_symmetric):
        scale = torch.tensor(tensor.q_scale(), dtype=torch.float64)
        return [scale, torch.tensor(tensor.q_zero_point())]
    axis = torch.tensor(tensor.q_per_channel_axis())
    return [tensor.q_per_channel_scales(), tensor.q_per_channel_zero_points(), axis]


def _joined(kind: str, inner: list[Tensor]) -> tuple[str, list[Tensor]]:
    """Return kind and parts of a tensor that is made of others."""
    apart = [parts(tensor) for tensor in inner]
    forms = [f"{one} {part.dtype} {list(part.shape)}" for one, found in apart for part in found]
    return f"{kind} of {', '.join(forms)}", [part for _, found in apart for part in found]


def hidden(tensor: Tensor) -> Tensor | None:
    """Return the memory that a view with gaps spans, its own elements too; None for one without.

    A dense tensor of any order has none, nor has one whose elements share memory.
    """
    if tensor.layout is not torch.strided or tensor.is_contiguous() or not is_plain(tensor):
        return None
    sizes = zip(tensor.shape, tensor.stride(), strict=True)
    extent = 1 + sum((size - 1) * stride for size, stride in sizes)
    if extent <= tensor.numel():
        return None
    return tensor.detach().as_strided((extent,), (1,), tensor.storage_offset())


def octets(value: Tensor | np.ndarray) -> bytes:
    """Return all bytes of a tensor or an array, in the order of their elements."""
    if isinstance(value, np.ndarray):
        return value.tobytes()
    flat = [part.detach().cpu().contiguous().reshape(-1) for part in parts(value)[1]]
    return b"".join(part.view(torch.uint8).numpy().tobytes() for part in flat)
