"""Fingerprints of tensors on this CPU as numbers, and tensors with one bit changed."""

from __future__ import annotations

import torch

from benchmarks.harness.fingerprint import Fingerprint

CPU = torch.device("cpu")
MODULUS = 2**64


def fingerprint(*tensors: torch.Tensor | None, version: int = 2) -> int:
    with torch.no_grad():
        return int(Fingerprint(CPU, version)(list(tensors))) % MODULUS


def flip(tensor: torch.Tensor, index: int, bit: int) -> torch.Tensor:
    """Return a copy with one bit of one 32-bit word flipped."""
    changed = tensor.clone()
    view = changed.view(-1).view(torch.int32)
    view[index] ^= torch.tensor(1 << bit if bit < 31 else -(2**31), dtype=torch.int32)
    return changed
