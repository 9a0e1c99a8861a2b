"""Kept tensors of a small made-up run, as a dense run writes them, and faults planted in them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

import numpy as np

from workflows.runs.tensors import Dense

WEIGHTS = ["first.weight", "first.bias", "last.weight"]
ORDER = ["last.weight", "first.weight", "first.bias"]
"""As backward completes them: the layer nearest the loss first."""

Arrays = dict[str, np.ndarray]


def arrays(steps: tuple[int, ...] = (3, 4, 13)) -> Arrays:
    """Return equal arrays in every call; `last.weight` is bfloat16."""
    generator = np.random.default_rng(1)
    found: Arrays = {}

    def weights(folder: str) -> None:
        found[f"{folder}/first.weight"] = generator.normal(size=(4, 3)).astype(np.float32)
        found[f"{folder}/first.bias"] = generator.normal(size=4).astype(np.float32)
        wide = generator.normal(size=(2, 4)).astype(np.float32)
        found[f"{folder}/last.weight"] = (wide.view(np.uint32) >> 16).astype(np.uint16)

    weights("initial")
    for step in steps:
        for i in range(11):  # index 10 must not come before index 2
            found[f"{step}/batch/{i}"] = generator.integers(0, 10, 5)
        found[f"{step}/loss"] = np.array(generator.random(), np.float32)
        weights(f"{step}/gradients")
        weights(f"{step}/weights")
    return found


def write(found: Arrays, target: Path | BinaryIO, types: dict[str, str] | None = None) -> None:
    """Write arrays as a dense run does; `types` names other types for some."""
    dtypes = {key: f"torch.{array.dtype.name}" for key, array in found.items()}
    dtypes |= {key: "torch.bfloat16" for key in found if key.endswith("last.weight")}
    text = [f"{key}={dtype}" for key, dtype in (dtypes | (types or {})).items()]
    lists = {"order": np.array(ORDER), "dtypes": np.array(text)}
    np.savez(target, allow_pickle=False, **lists, **found)


def kept(found: Arrays, types: dict[str, str] | None = None) -> Dense:
    """Write arrays, and read them back."""
    file = io.BytesIO()
    write(found, file, types)
    file.seek(0)
    return Dense(np.load(file, allow_pickle=False), WEIGHTS)


def nudge(found: Arrays, key: str, index: int = 0) -> None:
    """Move one element by one unit in the last place."""
    array = found[key] = found[key].copy()
    array.reshape(-1).view(f"u{array.dtype.itemsize}")[index] ^= 1
