"""How a watcher is told of what an unchanged program does: by PyTorch's global hooks.

Where there is no hook, one function of PyTorch is wrapped: the loader's `__next__`,
`torch.autograd.backward`, `GradScaler.step`. Nothing is drawn and nothing of the program replaced.
Each tells only the process in which it was set: a forked worker is not the program.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.nn.modules import module as modules
from torch.optim import Optimizer
from torch.optim import optimizer as optimizers
from torch.utils.data.dataloader import _BaseDataLoaderIter

from benchmarks.harness.unchanged.ahead import reads_ahead
from benchmarks.harness.unchanged.watcher import Watcher

STEP = Optimizer.profile_hook_step(len).__code__
"""What PyTorch wraps around the `step` of every class of optimizers."""
FORKED = "it was forked, and trains: only what is started anew is watched"


class Here:
    """This process and no forked copy of it, which says once that it is not watched."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        """Let a copy that trains say so by `tell`."""
        self._pid, self._tell, self._told = os.getpid(), tell, False

    def __call__(self) -> bool:
        """Say whether this is the process itself."""
        return os.getpid() == self._pid

    def deaf(self) -> bool:
        """Say whether a step is not to be seen: by a compiler that traces it, in a copy."""
        if torch.compiler.is_compiling():
            return True
        if not self() and not self._told:
            self._told = True
            self._tell(FORKED)
        return not self()


def listen(watcher: Watcher, tell: Callable[[str], None]) -> None:
    """Tell `watcher` of modules, batches, backward passes and steps from now on."""
    here = Here(tell)
    _modules(watcher)
    _batches(watcher, here)
    _backward(watcher, here)
    _steps(watcher, here)


def _modules(watcher: Watcher) -> None:
    def registered(module: nn.Module, name: str, value: Any) -> None:
        watcher.known.note(module)

    modules.register_module_parameter_registration_hook(registered)
    modules.register_module_buffer_registration_hook(registered)
    modules.register_module_module_registration_hook(registered)
    set_state = nn.Module.__setstate__

    @functools.wraps(set_state)
    def and_note(self: nn.Module, state: Any) -> None:
        set_state(self, state)
        watcher.known.note(self)  # a copy, or one that was loaded: nothing registers there

    nn.Module.__setstate__ = and_note


def _batches(watcher: Watcher, here: Here) -> None:
    get = _BaseDataLoaderIter.__next__
    waiting: WeakKeyDictionary[Any, tuple[Any]] = WeakKeyDictionary()  # for the step that gets it

    @functools.wraps(get)
    def and_look(self: Any) -> Any:
        if not here():
            return get(self)
        watcher.fetching()
        held_back = waiting.pop(self, None)
        try:
            batch = get(self)
        finally:
            if held_back:
                watcher.fetched(*held_back)
        if reads_ahead(sys._getframe(1)):
            waiting[self] = (batch,)
        else:
            watcher.fetched(batch)
        return batch

    _BaseDataLoaderIter.__next__ = and_look


def _backward(watcher: Watcher, here: Here) -> None:
    original = torch.autograd.backward
    under_way = [0]  # one within another is a part of it: checkpoints compute again

    @functools.wraps(original)
    def and_look(tensors: Any, *args: Any, **kwargs: Any) -> Any:
        roots = _roots(tensors)
        if here.deaf() or under_way[0] or not roots:
            return original(tensors, *args, **kwargs)
        watcher.begins_backward(roots, by_closure=stepping(sys._getframe()))
        under_way[0] += 1
        try:
            result = original(tensors, *args, **kwargs)
        finally:
            under_way[0] -= 1
        watcher.ended_backward()
        return result

    torch.autograd.backward = and_look


def _roots(tensors: Any) -> list[Tensor]:
    """Return the tensors that a backward pass is asked to begin with, in whatever collection."""
    if isinstance(tensors, Tensor):
        return [tensors]
    found = tensors.values() if isinstance(tensors, Mapping) else tensors
    return [one for one in found if isinstance(one, Tensor)]


def stepping(frame: FrameType | None, optimizer: Optimizer | None = None) -> bool:
    """Say whether a call above a frame's is a step, of that optimizer where one is named.

    Asked of the calls, not counted: of a step that raises nobody is told that it has ended.
    """
    while frame is not None and (frame := frame.f_back) is not None:
        if frame.f_code is STEP and (optimizer is None or frame.f_locals.get("self") is optimizer):
            return True
    return False


def _steps(watcher: Watcher, here: Here) -> None:
    def before(optimizer: Any, _args: Any, _kwargs: Any) -> None:
        if not here.deaf() and not stepping(sys._getframe(1), optimizer):
            watcher.begins_step(optimizer)

    def after(optimizer: Any, _args: Any, _kwargs: Any) -> None:
        if not here.deaf() and not stepping(sys._getframe(1), optimizer):
            watcher.ended_step(optimizer)

    optimizers.register_optimizer_step_pre_hook(before)
    optimizers.register_optimizer_step_post_hook(after)
    original = GradScaler.step

    @functools.wraps(original)
    def scaled(self: Any, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        taken = watcher.steps_of(optimizer)
        result = original(self, optimizer, *args, **kwargs)
        if not here.deaf() and watcher.steps_of(optimizer) == taken:
            watcher.skipped_step(optimizer)
        return result

    GradScaler.step = scaled
