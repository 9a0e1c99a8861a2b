"""The tracer: exact fingerprints of every step, in causal order.

A fingerprint is a multilinear hash: the tensor's bits are read as 32-bit integers w, and the
fingerprint is sum(k[i] * w[i]) mod 2**64, with fixed pseudo-random 64-bit keys k. Integer
arithmetic modulo 2**64 is exact and independent of the order of summation, so every device and
every thread count gives the same value for the same bits, and -0.0 or another NaN payload gives
another value. For two different tensors of one shape the fingerprints are equal with a
probability of at most 2**-33 (Lemire and Kaser, "Strongly universal string hashing is fast",
2014, section 3). Shapes and dtypes enter by a salt. At the end of a run a SHA-256 over all
weights stands beside the fingerprints.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.weights import Weights, named

PHASES = ("batch", "loss", "gradients", "weights")
FLUSH_EVERY = 1024
"""Steps that stay on the device before they are brought home, so that no step waits for it."""


def keys(count: int) -> np.ndarray:
    """Return the first `count` keys, uint64 (count,): splitmix64 of 1, 2, 3, …

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
    """
    z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def words(tensor: Tensor) -> Tensor:
    """Return a tensor's bits as int32 (n,): one or more words per element, one per small one."""
    flat = tensor.contiguous().reshape(-1)
    if flat.element_size() >= 4:
        return flat.view(torch.int32)
    return flat.view(torch.uint8).to(torch.int32)


PLAIN = {torch.float32, torch.float64, torch.int32, torch.int64, torch.complex64}
"""Dtypes that numpy has, of whole words."""


def in_place(tensor: Tensor) -> np.ndarray:
    """Return the words of a tensor on the CPU, int32 (n,), without a copy where that goes."""
    if tensor.dtype in PLAIN and tensor.is_contiguous() and not tensor.is_conj():
        view: np.ndarray = tensor.detach().numpy().reshape(-1).view(np.int32)
    else:
        view = words(tensor.detach()).numpy()
    return view


def joined(tensors: Sequence[Tensor]) -> Tensor:
    """Return the words of all `tensors` (at least one), one after the other, as int32 (n,)."""
    if len(tensors) == 1:
        return words(tensors[0])
    if tensors[0].element_size() >= 4 and len({tensor.dtype for tensor in tensors}) == 1:
        # The common case in one operator: of equal dtypes nothing is converted.
        return torch.cat([tensor.reshape(-1) for tensor in tensors]).view(torch.int32)
    return torch.cat([words(tensor) for tensor in tensors])


class Fingerprint:
    """Fingerprints lists of tensors where they live, without waiting for the device."""

    def __init__(self, device: torch.device) -> None:
        """Keep keys and salts on `device`."""
        self._device = device
        self._keys = torch.empty(0, dtype=torch.int64)
        self._salts: dict[Any, Tensor | int] = {}
        self._words = np.empty(0, np.int64)

    def __call__(self, tensors: Sequence[Tensor | None]) -> Tensor | int:
        """Return the fingerprint of `tensors` (None: absent).

        On the CPU an int that may exceed 64 bits, elsewhere an int64 scalar on the device: both
        stand for their value modulo 2**64.
        """
        present = [t for t in tensors if t is not None]
        salt = self._salt(tuple([None if t is None else (t.dtype, t.shape) for t in tensors]))
        if not present:
            return salt
        if self._device.type == "cpu":
            return self._with_numpy(present) + salt
        bits = joined(present).to(torch.int64)
        return (bits * self._keys_for(bits.numel())).sum() + salt  # no integer dot product on CUDA

    def _with_numpy(self, tensors: Sequence[Tensor]) -> int:
        """Return the sum by numpy, whose integer products take half the time of PyTorch's."""
        views = [in_place(tensor) for tensor in tensors]
        count = sum(map(len, views))
        if len(self._words) < count:
            self._words = np.empty(count, np.int64)
        bits, factors = self._words[:count], self._keys_for(count).numpy()
        np.concatenate(views, out=bits)
        return int(np.einsum("i,i->", bits, factors))

    def _keys_for(self, count: int) -> Tensor:
        if self._keys.numel() < count:
            self._keys = torch.from_numpy(keys(count).view(np.int64)).to(self._device)
        return self._keys[:count]

    def _salt(self, structure: Any) -> Tensor | int:
        if structure not in self._salts:
            text = repr([s and (str(s[0]), list(s[1])) for s in structure])
            value = int.from_bytes(
                hashlib.sha256(text.encode()).digest()[:8], "little", signed=True
            )
            on_device = torch.tensor(value, dtype=torch.int64, device=self._device)
            self._salts[structure] = value if self._device.type == "cpu" else on_device
        return self._salts[structure]


def home(rows: list[list[Tensor | int]]) -> np.ndarray:
    """Return rows of fingerprints as uint64 (rows, columns), brought home from the device."""
    if isinstance(rows[0][0], Tensor):
        stacked = torch.stack([value for row in rows for value in row]).cpu().numpy()
        found: np.ndarray = stacked.view(np.uint64).reshape(len(rows), -1)
        return found
    reduced = [[int(value) % 2**64 for value in row] for row in rows]
    return np.array(reduced, np.uint64)


class Tracer:
    """Watches one run: give it the weights once, then every step."""

    def __init__(self, device: torch.device) -> None:
        """Trace a run whose tensors live on `device`."""
        self._fingerprint = Fingerprint(device)
        self._source: Weights | None = None
        self._names: list[str] = []
        self._initial: list[int] = []
        self._pending: list[list[Tensor | int]] = []
        self._pending_losses: list[Tensor] = []
        self._rows: list[np.ndarray] = []
        self._losses: list[np.ndarray] = []

    @torch.no_grad()
    def start(self, weights: Weights) -> None:
        """Fingerprint the initial weights, tensor by tensor (parameters and buffers)."""
        if self._source is not None:
            raise RuntimeError("the benchmark yielded Start twice; name all its weights in one")
        self._source = weights
        first = self._weights()
        self._names = list(first)  # what is added later shows in a step's weights
        found = [self._fingerprint([t]) for t in first.values()]
        self._initial = home([found])[0].tolist() if found else []

    def _weights(self) -> dict[str, Tensor]:
        if self._source is None:
            raise RuntimeError("the benchmark yielded no Start before its first step")
        return named(self._source)

    @torch.no_grad()
    def step(self, batch: Sequence[Tensor], loss: Tensor) -> None:
        """Fingerprint one step: its batch, loss, gradients and updated weights."""
        if loss.dim():
            raise RuntimeError(f"the loss has shape {list(loss.shape)}; yield it as a scalar")
        weights = list(self._weights().values())
        phases = (batch, [loss], [weight.grad for weight in weights], weights)
        self._pending.append([self._fingerprint(tensors) for tensors in phases])
        self._pending_losses.append(loss.detach().to(torch.float64, copy=True))
        if len(self._pending) == FLUSH_EVERY:
            self._flush()

    def _flush(self) -> None:
        if self._pending:
            self._rows.append(home(self._pending))
            self._losses.append(torch.stack(self._pending_losses).cpu().numpy())
            self._pending, self._pending_losses = [], []

    def state(self) -> dict[str, Any]:
        """Return the trace so far, for a run that goes on in another process."""
        self._flush()
        rows, losses = self._joined()
        return {
            "initial": self._initial,
            "rows": torch.from_numpy(rows.view(np.int64)),
            "losses": torch.from_numpy(losses),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from `state`."""
        self._initial = state["initial"]
        self._rows = [state["rows"].numpy().view(np.uint64)]
        self._losses = [state["losses"].numpy()]

    def _joined(self) -> tuple[np.ndarray, np.ndarray]:
        rows = np.concatenate([np.empty((0, len(PHASES)), np.uint64), *self._rows])
        return rows, np.concatenate([np.empty(0, np.float64), *self._losses])

    @torch.no_grad()
    def finish(self) -> Trace:
        """Return the trace so far; the tracer can go on afterwards."""
        self._flush()
        final = hashlib.sha256()
        weights = self._weights() if self._source is not None else {}
        for name, tensor in weights.items():
            header = f"{name} {tensor.dtype} {list(tensor.shape)}\n"
            final.update(
                header.encode()
                + tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
            )
        steps, losses = self._joined()
        return Trace(
            tensors=self._names,
            initial=np.array(self._initial, dtype=np.uint64),
            steps=steps,
            losses=losses,
            final_weights=final.hexdigest() if weights else "",
        )


class Trace:
    """What a run did, step by step.

    `tensors`: names of the weights; `initial`: uint64 (tensors,); `steps`: uint64 (steps, 4),
    one column per phase; `losses`: float64 (steps,); `final_weights`: SHA-256 of their bytes.
    """

    def __init__(
        self,
        tensors: list[str],
        initial: np.ndarray,
        steps: np.ndarray,
        losses: np.ndarray,
        final_weights: str,
    ) -> None:
        """Hold the given parts."""
        self.tensors = tensors
        self.initial = initial
        self.steps = steps
        self.losses = losses
        self.final_weights = final_weights

    def save(self, path: Path) -> None:
        """Write the arrays as .npz: the same bytes for the same trace."""
        np.savez(path, initial=self.initial, steps=self.steps, losses=self.losses)
