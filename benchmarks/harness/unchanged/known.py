"""What an unchanged program trains: its modules, its optimizers, and tensors that are neither's.

Modules are known by PyTorch's registration hooks, in the order in which they were first seen, and
are held weakly. The outermost ones count, with all their parameters and buffers.
"""

from __future__ import annotations

import gc
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from benchmarks.harness.forms import is_lazy

COMPILERS = ("torch.fx", "torch._dynamo", "torch._inductor", "torch._functorch", "torch.export")
"""Whose modules are a compiler's copies of what is known already."""
COLLECTED = 20
"""Times that what a program has given up is collected, so that its end does not hang on chance."""
PASSES = 3
"""First backward passes whose graphs are looked through, where there is no optimizer."""
NODES = 100_000
"""Nodes of a graph that are looked at."""


class Known:
    """All that is trained, as far as it was seen."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._modules: dict[int, weakref.ref[nn.Module]] = {}
        self._optimizers: list[weakref.ref[Optimizer]] = []
        self._leaves: list[weakref.ref[Tensor]] = []
        self._passes = 0
        self._named: list[tuple[str, weakref.ref[nn.Module]]] = []
        self._stale = True
        self._collected = 0

    def note(self, module: nn.Module) -> None:
        """Be told that something was registered in a module, or that it came to be as a copy."""
        self._stale = True
        known = self._modules.get(id(module))
        if known is None or known() is not module:
            self._modules.pop(id(module), None)
            self._modules[id(module)] = weakref.ref(module)

    def stepped(self, optimizer: Optimizer) -> None:
        """Be told of an optimizer."""
        if all(one() is not optimizer for one in self._optimizers):
            self._optimizers.append(weakref.ref(optimizer))
            self._collect()

    @property
    def optimizers(self) -> list[Optimizer]:
        """Those that have taken a step and are still there."""
        found = [one() for one in self._optimizers]
        return [one for one in found if one is not None]

    def grown_from(self, roots: Sequence[Tensor]) -> None:
        """Be told what a backward pass begins with: without an optimizer its leaves are trained."""
        if self._optimizers or self._passes == PASSES:
            return
        self._passes += 1
        known = {id(tensor) for tensor in self.weights().values()}
        self._leaves += [weakref.ref(leaf) for leaf in leaves(roots) if id(leaf) not in known]

    def weights(self) -> dict[str, Tensor]:
        """Return parameters and buffers by name, as they are now."""
        parameters, buffers = self.parts()
        return {**parameters, **buffers}

    def parts(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return parameters, and buffers, by name, as they are now."""
        if self._stale or any(module() is None for _, module in self._named):
            self._named = list(self._outermost())
            self._stale = False
        found: dict[str, Tensor] = {}
        buffers: dict[str, Tensor] = {}
        known: set[int] = set()
        for prefix, reference in self._named:
            module = reference()
            if module is not None:
                own = module.__dict__
                _put(found, known, prefix, own["_parameters"].items())
                _put(buffers, known, prefix, own["_buffers"].items())
        for optimizer in self.optimizers:
            groups = (one for group in optimizer.param_groups for one in group["params"])
            _put(found, known, f"{type(optimizer).__name__}.", enumerate(groups))
        _put(found, known, "leaf ", enumerate(leaf() for leaf in self._leaves))
        return found, buffers

    def paths(self) -> dict[int, str]:
        """Return the path of each module by its id; of an outermost one the name of its class."""
        found = {id(one()): prefix.rstrip(".") for prefix, one in self._outermost()}
        return {
            key: path or type(reference()).__name__
            for key, path in found.items()
            if (reference := self._modules.get(key)) is not None
        }

    def _outermost(self) -> Iterator[tuple[str, weakref.ref[nn.Module]]]:
        """Yield every module that counts, with what stands before the names of its tensors."""
        self._modules = {k: one for k, one in self._modules.items() if one() is not None}
        alive = [module for one in self._modules.values() if (module := one()) is not None]
        alive = [module for module in alive if not _of_compiler(module)]
        inner = {id(child) for module in alive for child in module.__dict__["_modules"].values()}
        roots = [module for module in alive if id(module) not in inner and any(_tensors(module))]
        roots.sort(key=lambda module: not any(kind == "_parameters" for kind in _tensors(module)))
        for number, root in enumerate(roots, 1):
            before = "" if number == 1 else f"model{number}."
            for name, module in root.named_modules():
                yield before + (f"{name}." if name else ""), weakref.ref(module)

    def _collect(self) -> None:
        if self._collected < COLLECTED:
            self._collected += 1
            gc.collect()
            self._stale = True


def _put(found: dict[str, Tensor], known: set[int], prefix: str, items: Any) -> None:
    for key, value in items:
        if isinstance(value, Tensor) and id(value) not in known and _holds_bits(value):
            known.add(id(value))
            name = f"{prefix}{key}"
            while name in found:
                name += "'"
            found[name] = value


def _holds_bits(tensor: Tensor) -> bool:
    return is_lazy(tensor) or not (tensor.is_meta or type(tensor).__name__ == "FakeTensor")


def _tensors(module: nn.Module) -> Iterator[str]:
    """Yield the kind of each tensor in a module and in those within it."""
    for each in module.modules():
        for kind in ("_parameters", "_buffers"):
            yield from (kind for one in each.__dict__[kind].values() if one is not None)


def _of_compiler(module: nn.Module) -> bool:
    return any(
        kind.__module__.startswith(COMPILERS) and kind.__name__ != "OptimizedModule"
        for kind in type(module).__mro__
    )


def leaves(roots: Sequence[Tensor]) -> Iterator[Tensor]:
    """Yield the leaves that a backward pass from `roots` gives gradients, nearest first."""
    waiting = deque(root.grad_fn for root in roots if root.grad_fn is not None)
    seen = set(waiting)
    while waiting and len(seen) < NODES:
        node = waiting.popleft()
        if hasattr(node, "variable"):
            yield node.variable
        for following, _ in node.next_functions:
            if following is not None and following not in seen:
                seen.add(following)
                waiting.append(following)
