"""Which optimizers a program steps, whoever holds them."""

from __future__ import annotations

import weakref
from typing import Any

from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook


class Stepped:
    """Listens to all optimizers; `calls` is for its owner to count the training's steps."""

    def __init__(self) -> None:
        """Begin to listen."""
        self.calls = 0
        self._latest = 0
        self._seen: list[tuple[weakref.ref[Optimizer], int]] = []
        self._hook = register_optimizer_step_post_hook(self._note)

    def close(self) -> None:
        """Stop to listen."""
        self._hook.remove()

    def _note(self, optimizer: Optimizer, _args: Any, _kwargs: Any) -> None:
        self._latest = self.calls
        for i, (known, _) in enumerate(self._seen):
            if known() is optimizer:
                self._seen[i] = known, self.calls
                return
        self._seen.append((weakref.ref(optimizer), self.calls))

    def alive(self) -> list[Optimizer]:
        """Return the optimizers that took a step when any last did.

        An older one is held by what the walk finds, or by nobody: its training was given up.
        """
        found = [(known(), each) for each in self._seen if (known := each[0])() is not None]
        self._seen = [each for _, each in found]
        return [one for one, (_, call) in found if one is not None and call == self._latest]
