"""What each operator of PyTorch is given, asked and leaves, as lines of a file.

By a mode of the dispatcher, below autograd, so that the backward pass is seen, too. The bits are
told by the fingerprint of `benchmarks/harness/fingerprint.py`; `torch.utils._debug_mode` of newer
releases tells them by a norm, which two tensors may share.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any, TextIO

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import (
    TorchDispatchMode,
    _get_current_dispatch_mode,
    _pop_mode,
    _push_mode,
)

from benchmarks.frames import call_text, is_own, nearest, place
from benchmarks.harness.fingerprint import Fingerprint
from benchmarks.harness.forms import UnreadableError, only_looking
from benchmarks.harness.operators.operands import (
    arguments,
    is_view,
    is_written,
    name_of,
    said,
    tensors_of,
)
from benchmarks.harness.operators.unwritten import AS_FOUND, EMPTY, PARTS, WHOLE, Unwritten
from benchmarks.harness.unrecorded import is_unrecorded

MOST = 100_000
"""Operators of a step that are recorded."""
UNKNOWN = "?"
"""Stands for the bits of a tensor that have no meaning, or cannot be read."""
ENGINE = ("torch/autograd/graph.py", "torch/autograd/__init__.py")
"""Files of PyTorch from which a backward pass is begun."""
RECEIVED = "torch/multiprocessing/reductions.py"
"""The file of PyTorch that takes tensors over from another process, in the order of arrival."""
CALL = nn.Module._call_impl.__code__
Line = dict[str, Any]
Paths = Callable[[], dict[int, str]]
"""Gives the path of each module that is known, by its `id`."""


class Mode(TorchDispatchMode):
    """Sees every operator of its thread, and writes a line for each until it is left."""

    supports_higher_order_operators = True

    def __init__(self, file: TextIO, paths: Paths) -> None:
        """Write to `file`; a fault of its own is a line `{"fault": …}`, the last one."""
        super().__init__()
        self._file, self._paths = file, paths
        self._count, self._pid = 0, os.getpid()
        self._prints: dict[torch.device, Fingerprint] = {}
        self._modules: dict[int, str] = {}
        self._forward: dict[int, Line] = {}
        self._unwritten = Unwritten(self._bits)
        self._below = False

    @classmethod
    def ignore_compile_internals(cls) -> bool:
        """Let compiled functions be compiled: what is within them is not seen."""
        return True

    def enter(self) -> None:
        """Begin, below the modes that the program is in: each of them ends as the topmost one."""
        above = []
        while _get_current_dispatch_mode() is not None:
            above.append(_pop_mode())
        self._below = bool(above)
        if self._below:
            _push_mode(self)  # what PyTorch notes of a mode that begins is noted of theirs
        else:
            self.__enter__()
        for mode in reversed(above):
            _push_mode(mode)

    def leave(self) -> None:
        """Write no more; a mode that lies below another one stays, and lets everything pass."""
        self._file.close()
        self._unwritten.clear()
        if _get_current_dispatch_mode() is not self:
            return
        if self._below:
            _pop_mode()
        else:
            self.__exit__(None, None, None)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Carry an operator out, and record it."""
        kwargs = kwargs or {}
        schema = getattr(func, "_schema", None)
        frame = sys._getframe(1)
        if schema is None or self._deaf() or _is_received(frame):
            return func(*args, **kwargs)
        self._count += 1
        given = arguments(schema, args, kwargs)
        line = self._unharmed(self._before, func, given, frame)
        result = func(*args, **kwargs)
        if line is not None:
            written = [value for argument, value in given if is_written(argument)]
            self._unharmed(self._after, func, line, [*tensors_of(result), *tensors_of(written)])
        return result

    def _deaf(self) -> bool:
        over = self._file.closed or self._count >= MOST
        return over or is_unrecorded() or os.getpid() != self._pid or _captured()

    def _unharmed(self, look: Callable[..., Any], *given: Any) -> Any:
        """Let no fault of what looks reach the program: it is written, and nothing after it."""
        try:
            return look(*given)
        except Exception as error:
            with suppress(OSError, ValueError):  # no room, or left meanwhile
                self._file.write(json.dumps({"fault": f"{type(error).__name__}: {error}"}) + "\n")
            with suppress(OSError):
                self._file.close()
            return None

    @only_looking
    def _before(self, func: Any, given: list[tuple[Any, Any]], frame: FrameType) -> Line:
        """Return what is known of an operator before it acts."""
        name = name_of(func)
        reads = [value for argument, value in given if not argument.is_out]
        onto = [one for argument, value in given if argument.is_out for one in tensors_of(value)]
        if name in WHOLE:
            onto += tensors_of(reads[0])
        part = name in PARTS and self._unwritten.of(reads[0])
        tensors = [*tensors_of(reads[1:] if part or name in WHOLE else reads)]
        view = is_view(func._schema) or name in AS_FOUND
        memories = [] if view else self._unwritten.reads(tensors)
        line = {
            "operator": str(func),
            **self._where(frame),
            "draws": torch.Tag.nondeterministic_seeded in getattr(func, "tags", ()),
            "given": [self._print(one, view=view) for one in tensors],
            "asked": [*said(reads)],
            "unwritten": memories[0].place if memories else None,
        }
        self._unwritten.wrote(onto)
        if part:
            self._unwritten.wrote(reads[:1], whole=False)
        return line

    @only_looking
    def _after(self, func: Any, line: Line, left: list[Tensor]) -> None:
        """Write what an operator was given and has left: one that gives a view leaves nothing.

        That may show memory that it was not given, of a storage, whose bits are no doing of it.
        """
        name = name_of(func)
        view = is_view(func._schema) or name in AS_FOUND
        if name in EMPTY:
            self._unwritten.made(left, line["place"] or str(func))
            return
        part = name in PARTS
        if not view and not part:
            self._unwritten.wrote(left)
        line["left"] = [] if view else [self._print(one, view=part) for one in left]
        self._file.write(json.dumps(line) + "\n")

    def _where(self, frame: FrameType) -> Line:
        """Return line, text and module of the program; in a backward pass of its forward."""
        node = getattr(torch._C, "_current_autograd_node", lambda: None)()
        if node is not None:
            forward = self._forward.get(node._sequence_nr(), {"module": None, **_line(None)})
            own = _within_backward(frame)
            found = {**forward, **_line(own)} if own else {**forward, "backward": True}
            return {"backward": False, **found, "node": node.name()}
        found = {**_line(nearest(frame)), "module": self._module(frame)}
        # Autograd has made the node of this operator right before it was asked for.
        self._forward.setdefault(torch.autograd._get_sequence_nr() - 1, found)
        return {**found, "backward": False}

    def _module(self, frame: FrameType | None) -> str | None:
        """Return the path of the innermost module that is being called."""
        while frame is not None and frame.f_code is not CALL:
            frame = frame.f_back
        if frame is None:
            return None
        module = frame.f_locals["self"]
        if id(module) not in self._modules:
            self._modules |= self._paths()
        return self._modules.setdefault(id(module), type(module).__name__)

    def _print(self, tensor: Tensor, *, view: bool) -> str:
        """Return a fingerprint, or `UNKNOWN`; `view`: of what nobody reads so far."""
        memory = self._unwritten.of(tensor)
        return UNKNOWN if memory and (view or memory.untouched) else self._bits(tensor)

    def _bits(self, tensor: Tensor) -> str:
        """Return the fingerprint of a tensor as it stands; `UNKNOWN` of one without bits."""
        device = tensor.device
        if device not in self._prints:
            self._prints[device] = Fingerprint(device)
        try:
            return f"{int(self._prints[device]([tensor])) % 2**64:016x}"
        except (UnreadableError, RuntimeError):  # of a compiler's tensors there are no bits
            return UNKNOWN


def _captured() -> bool:
    """Say whether a CUDA graph is being made: it would replay what only looks."""
    return bool(torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing())


def _line(own: FrameType | None) -> Line:
    """Return where a line of the program stands, and the call that it is in the middle of."""
    if own is None:
        return {"place": None, "text": None}
    return {"place": place(own.f_code, own.f_lineno), "text": call_text(own)}


def _is_received(frame: FrameType | None) -> bool:
    """Say whether an operator takes over what another process has made."""
    while frame is not None and not is_own(frame.f_code.co_filename):
        if frame.f_code.co_filename.endswith(RECEIVED):
            return True
        frame = frame.f_back
    return False


def _within_backward(frame: FrameType | None) -> FrameType | None:
    """Return the innermost frame of the program's own that the backward pass has called."""
    while frame is not None and not frame.f_code.co_filename.endswith(ENGINE):
        if is_own(frame.f_code.co_filename):
            return frame
        frame = frame.f_back
    return None
