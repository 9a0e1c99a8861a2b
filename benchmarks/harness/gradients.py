"""Gradients as they arrive: at the end of each backward pass, before anybody changes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Variable

from benchmarks.harness.fingerprint import Fingerprint
from benchmarks.harness.forms import only_looking
from benchmarks.harness.standing import Standing

CHAIN = 0x9E3779B97F4A7C15 - 2**64
"""Odd, so that no pass of several is lost: value = value * CHAIN + the next one."""


class Arrivals:
    """Fingerprints all gradients at the end of each backward pass; a step takes what there is."""

    def __init__(self, fingerprint: Fingerprint) -> None:
        """Wait for `watch`."""
        self._standing = Standing(fingerprint, remembers=True)
        self._hooks: dict[int, tuple[Tensor, Any]] = {}
        self._leaves: Sequence[Tensor] = ()
        self._waits = False
        self._value: Tensor | int = 0

    def watch(self, leaves: Sequence[Tensor]) -> None:
        """Listen to these tensors, and to no others from now on."""
        self._leaves = leaves
        wanted = {id(leaf) for leaf in leaves}
        for key in [key for key in self._hooks if key not in wanted]:
            self._hooks.pop(key)[1].remove()
        for leaf in leaves:
            if id(leaf) not in self._hooks and leaf.requires_grad and leaf.is_leaf:
                hook = Tensor.register_post_accumulate_grad_hook(leaf, self._arrived)
                self._hooks[id(leaf)] = (leaf, hook)

    def _arrived(self, _leaf: Tensor) -> None:
        if not self._waits:
            self._waits = True
            Variable._execution_engine.queue_callback(self._ended)

    @only_looking
    def _ended(self) -> None:
        self._waits = False
        if torch.cuda.is_available() and torch.cuda.is_current_stream_capturing():
            return  # a CUDA graph would replay what only looks
        found = self._standing(gradients(self._leaves))
        self._value = self._value * CHAIN + found
        if isinstance(self._value, int):
            self._value %= 2**64

    def now(self, leaves: Sequence[Tensor]) -> Tensor | int:
        """Return the fingerprint of the gradients as they stand; nothing of them is kept."""
        return self._standing.again(gradients(leaves))

    def missed(self, leaves: Sequence[Tensor]) -> bool:
        """Say whether one of these has a gradient whose arrival nobody listened to."""
        new = (leaf for leaf in leaves if id(leaf) not in self._hooks)
        return any(leaf.is_leaf and leaf.grad is not None for leaf in new)

    def take(self) -> Tensor | int:
        """Return the value of all passes since the last one was taken; 0 where there was none."""
        value, self._value, self._waits = self._value, 0, False
        return value


def gradients(leaves: Sequence[Tensor]) -> list[Tensor | None]:
    """Return the gradient of each, where it has one."""
    return [leaf.grad if leaf.is_leaf or leaf.retains_grad else None for leaf in leaves]
