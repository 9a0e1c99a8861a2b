"""The tracer: exact fingerprints of every step, in causal order.

What a fingerprint is, and what equal ones mean, stands in benchmarks/harness/fingerprint.py. At the
end of a run a SHA-256 over all weights, and one over all other state, stand beside them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from benchmarks.contract import Start
from benchmarks.harness.batch import check_loss, tensors
from benchmarks.harness.fingerprint import CURRENT, Fingerprint
from benchmarks.harness.forms import UnreadableError, is_lazy, is_plain, octets, only_looking
from benchmarks.harness.forms import parts as parts_of
from benchmarks.harness.gradients import Arrivals
from benchmarks.harness.random_state import KINDS, RandomState, short
from benchmarks.harness.rows import Column, Rows, home
from benchmarks.harness.standing import Standing
from benchmarks.harness.state import State
from benchmarks.harness.traced import PHASES, Trace
from benchmarks.weights import Source, Weights

NAMES = 1000
"""Names of the state that a record holds."""


class Tracer:
    """Watches one run: give it what is trained once, then every step."""

    def __init__(self, device: torch.device, version: int = CURRENT) -> None:
        """Trace a run whose tensors live on `device`, by this version of the fingerprint."""
        self.version = version
        self._fingerprint = Fingerprint(device, version)
        self._standing = Standing(self._fingerprint)
        self._arrivals = Arrivals(self._fingerprint)
        self._random = RandomState()
        self._state = State(self._fingerprint, None, None)
        self._source: Source | None = None
        self._names: list[str] = []
        self._initial: list[int] = []
        self._before: list[int] = []
        self._first_state = 0
        self._rows = Rows(len(PHASES))

    def close(self) -> None:
        """Stop to listen to optimizers."""
        self._state.close()

    def follow(self, events: Any, module: ModuleType | None) -> None:
        """Know the program that is watched: what its `train` returned, and its module."""
        self._state.close()
        self._state = State(self._fingerprint, events, module)

    @only_looking
    def start(self, start: Start | Weights) -> None:
        """Fingerprint the initial weights, tensor by tensor (parameters and buffers)."""
        if self._source is not None:
            raise RuntimeError("the benchmark yielded Start twice; name all its weights in one")
        self._source = Source(start.weights if isinstance(start, Start) else start)
        self._state.start(start if isinstance(start, Start) else None)
        first = self._weights()
        self._names = list(first)  # what is added later shows in a step's weights
        self._initial = self._each(first)
        addends = self._state(first)
        self._first_state = (int(addends[0]) + addends[1]) % 2**64
        self._before = self._random(self._state.generators)
        self._arrivals.watch(list(self._leaves(first).values()))

    def _each(self, weights: dict[str, Tensor]) -> list[int]:
        """Return the fingerprint of each tensor, by itself."""
        found: list[Column] = []
        for name, tensor in weights.items():
            try:
                found.append(self._fingerprint([tensor]))
            except UnreadableError as error:
                raise UnreadableError(f"the weight {name!r} {error}") from None
        return [int(value) for value in home([found], len(found))[0]] if found else []

    def _weights(self) -> dict[str, Tensor]:
        if self._source is None:
            raise RuntimeError("the benchmark yielded no Start before its first step")
        found = self._source()
        for name in self._names:
            if name not in found:
                raise RuntimeError(f"the weight {name!r}, named at Start, is gone: keep it there")
        return found

    @only_looking
    def leaves(self) -> dict[str, Tensor]:
        """Return the weights, and what else of the program's gets a gradient, by name."""
        return self._leaves(self._weights())

    def _leaves(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        return weights | self._state.leaves(set(map(id, weights.values())))

    @only_looking
    def held(self) -> dict[str, Any]:
        """Return tensors, arrays and numbers of the state by name, as they stand now."""
        return self._state.held(self._weights())

    @property
    def optimizers(self) -> list[Optimizer]:
        """All optimizers that the program was seen to have."""
        return self._state.optimizers

    @only_looking
    def step(self, batch: Any, loss: Tensor) -> None:
        """Fingerprint one step: what stood before it, what it was given and what it left."""
        check_loss(loss)
        weights = self._weights()
        parts, structure = tensors(batch)
        given = naming("the batch's", parts, self._fingerprint)
        row: list[Column] = [
            *self._before,
            plus(given, short(structure.encode()) if structure else 0),
            self._fingerprint([loss]),
            self._arrivals.take(),
            0,
            naming("the weight", weights, self._standing),
            plus(*self._state(weights)),
        ]
        leaves = list(self._leaves(weights).values())  # of the optimizers that were found just now
        row[PHASES.index("gradients")] = stand = self._arrivals.now(leaves)
        heard = row[PHASES.index("backward")]
        if isinstance(heard, int) and heard == 0 and self._arrivals.missed(leaves):
            row[PHASES.index("backward")] = stand  # they took the place of others in this step
        self._rows.add(row, loss)
        self._arrivals.watch(leaves)
        self._before = self._random(self._state.generators)

    @only_looking
    def now(self) -> list[int]:
        """Return the fingerprints of weights, other state and generators, as they stand."""
        weights = self._weights()
        columns: list[Column] = [
            self._fingerprint([*weights.values()]),
            plus(*self._state(weights)),
        ]
        found = [int(value) for value in home([columns], len(columns))[0]]
        return [*found, *self._random(self._state.generators)]

    def state(self) -> dict[str, Any]:
        """Return the trace so far, for a run that goes on in another process."""
        rows, losses = self._rows.all()
        return {
            "initial": self._initial, "first_state": self._first_state, "before": self._before,
            "rows": torch.from_numpy(rows.view(np.int64)), "losses": torch.from_numpy(losses),
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from `state`."""
        self._initial, self._first_state = state["initial"], state["first_state"]
        self._before = state["before"]
        self._rows.restore(state["rows"].numpy().view(np.uint64), state["losses"].numpy())
        self._arrivals.take()

    @only_looking
    def finish(self, *, anew: bool = True) -> Trace:
        """Return the trace so far; the tracer can go on afterwards.

        `anew`: read large tensors in full, whatever they seem to be.
        """
        final = hashlib.sha256()
        weights = self._weights() if self._source is not None else {}
        for name, tensor in weights.items():
            shape = [] if is_lazy(tensor) else list(tensor.shape)
            final.update(f"{name} {tensor.dtype} {shape}\n".encode() + octets(tensor))
        steps, losses = self._rows.all()
        last, final_state, names = self._state.finish(weights, anew) if weights else (0, "", [])
        ends = [*self._before, self._first_state, last] if weights else [0] * (len(KINDS) + 2)
        now = dict(zip(weights, self._each(weights), strict=True))
        before = dict(zip(self._names, self._initial, strict=True))
        return Trace(
            tensors=self._names,
            initial=np.array(self._initial, dtype=np.uint64),
            steps=steps,
            losses=losses,
            ends=np.array(ends, np.uint64),
            final_weights=final.hexdigest() if weights else "",
            final_state=final_state,
            state_tensors=names[:NAMES],
            moved=sum(value != now.get(name) for name, value in before.items()),
            unwatched=self._state.unwatched,
            version=self.version,
        )


def plus(value: Column, number: int) -> Column:
    """Return the sum modulo 2**64, wherever the value lives."""
    return value + (number - 2**64 if number >= 2**63 else number)


def naming(what: str, values: dict[str, Any], read: Callable[[list[Any]], Column]) -> Column:
    """Return what `read` does; raise `UnreadableError`, with the name, for what holds no bits."""
    try:
        return read(list(values.values()))
    except UnreadableError:
        for name, value in values.items():
            if isinstance(value, Tensor) and not is_plain(value):
                try:
                    parts_of(value)
                except UnreadableError as error:
                    raise UnreadableError(f"{what} {name!r} {error}") from None
        raise
