"""The states of all global random generators, as plain values and tensors."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
from torch import Tensor

State = dict[str, tuple[Any, ...]]
"""One entry per generator: `torch`, `numpy`, `python`, and `cuda` where CUDA is in use."""


def state() -> State:
    """Return the states as they stand now."""
    version, numbers, gauss = random.getstate()
    kind, keys, *rest = np.random.get_state(legacy=True)
    found: State = {
        "torch": (torch.get_rng_state(),),
        "numpy": (kind, torch.from_numpy(np.asarray(keys).astype(np.int64)), *rest),
        "python": (version, torch.tensor(numbers), gauss),
    }
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        found["cuda"] = tuple(torch.cuda.get_rng_state_all())
    return found


def restore(states: State) -> None:
    """Set the generators that `states` names."""
    for name, found in states.items():
        if name == "torch":
            torch.set_rng_state(found[0])
        elif name == "numpy":
            kind, keys, *rest = found
            np.random.set_state((kind, keys.numpy().astype(np.uint32), *rest))
        elif name == "python":
            random.setstate((found[0], tuple(found[1].tolist()), found[2]))
        else:
            torch.cuda.set_rng_state_all(list(found))


def changed(before: State, now: State) -> State:
    """Return what stood before in those generators that have moved on since."""
    return {name: found for name, found in before.items() if not _same(found, now[name])}


def _same(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    return len(a) == len(b) and all(
        torch.equal(x, y) if isinstance(x, Tensor) else x == y for x, y in zip(a, b, strict=True)
    )
