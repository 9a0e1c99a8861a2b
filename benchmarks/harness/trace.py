"""The tracer: exact fingerprints of every step, in causal order.

What a fingerprint is, and what equal ones mean, stands in benchmarks/harness/fingerprint.py. At the
end of a run a SHA-256 over all weights stands beside the fingerprints.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.harness.fingerprint import CURRENT, Fingerprint
from benchmarks.weights import Weights, named

PHASES = ("batch", "loss", "gradients", "weights")
FLUSH_EVERY = 1024
"""Steps that stay on the device before they are brought home, so that no step waits for it."""


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

    def __init__(self, device: torch.device, version: int = CURRENT) -> None:
        """Trace a run whose tensors live on `device`, by this version of the fingerprint."""
        self.version = version
        self._fingerprint = Fingerprint(device, version)
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
        found = named(self._source)
        for name in self._names:
            if name not in found:
                raise RuntimeError(f"the weight {name!r}, named at Start, is gone: keep it there")
        return found

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
            version=self.version,
        )


@dataclass(frozen=True)
class Trace:
    """What a run did, step by step.

    `tensors`: names of the weights; `initial`: uint64 (tensors,); `steps`: uint64 (steps, 4),
    one column per phase; `losses`: float64 (steps,); `final_weights`: SHA-256 of their bytes;
    `version`: of the fingerprints.
    """

    tensors: list[str]
    initial: np.ndarray
    steps: np.ndarray
    losses: np.ndarray
    final_weights: str
    version: int

    def save(self, path: Path) -> None:
        """Write the arrays as .npz: the same bytes for the same trace."""
        np.savez(path, initial=self.initial, steps=self.steps, losses=self.losses)
