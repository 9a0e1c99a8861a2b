"""How a watcher is told of what an unchanged program does: by PyTorch's global hooks.

Where there is no hook, one function of PyTorch is wrapped: the loader's `__next__`,
`torch.autograd.backward`, `GradScaler.step`. Nothing is drawn and nothing of the program replaced.
Each tells only the process in which it was set: a forked worker is not the program.
"""

from __future__ import annotations

import functools
import os
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.nn.modules import module as modules
from torch.optim import optimizer as optimizers
from torch.utils.data.dataloader import _BaseDataLoaderIter

from benchmarks.harness.unchanged.watcher import Watcher


def listen(watcher: Watcher) -> None:
    """Tell `watcher` of modules, batches, backward passes and steps from now on."""
    here = os.getpid()

    def deaf() -> bool:
        """A compiler that traces the program sees nothing here; a forked copy tells nobody."""
        return torch.compiler.is_compiling() or os.getpid() != here

    _modules(watcher)
    _batches(watcher, here)
    _backward(watcher, deaf)
    _steps(watcher, deaf)


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


def _batches(watcher: Watcher, here: int) -> None:
    get = _BaseDataLoaderIter.__next__

    @functools.wraps(get)
    def and_look(self: Any) -> Any:
        if os.getpid() != here:
            return get(self)
        watcher.fetching()
        batch = get(self)
        watcher.fetched(batch)
        return batch

    _BaseDataLoaderIter.__next__ = and_look


def _backward(watcher: Watcher, deaf: Any) -> None:
    original = torch.autograd.backward

    @functools.wraps(original)
    def and_look(tensors: Any, *args: Any, **kwargs: Any) -> Any:
        if deaf():
            return original(tensors, *args, **kwargs)
        roots = [tensors] if isinstance(tensors, Tensor) else [*tensors]
        watcher.begins_backward(roots)
        result = original(tensors, *args, **kwargs)
        watcher.ended_backward()
        return result

    torch.autograd.backward = and_look


def _steps(watcher: Watcher, deaf: Any) -> None:
    def before(optimizer: Any, _args: Any, _kwargs: Any) -> None:
        if not deaf():
            watcher.begins_step(optimizer)

    def after(optimizer: Any, _args: Any, _kwargs: Any) -> None:
        if not deaf():
            watcher.ended_step(optimizer)

    optimizers.register_optimizer_step_pre_hook(before)
    optimizers.register_optimizer_step_post_hook(after)
    original = GradScaler.step

    @functools.wraps(original)
    def scaled(self: Any, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        taken = watcher.steps_of(optimizer)
        result = original(self, optimizer, *args, **kwargs)
        if not deaf() and watcher.steps_of(optimizer) == taken:
            watcher.skipped_step(optimizer)
        return result

    GradScaler.step = scaled
