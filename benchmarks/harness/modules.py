"""What a module stores: its attributes, parameters, buffers, modules and hooks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from torch import Tensor, nn
from torch.jit._script import OrderedDictWrapper, OrderedModuleDict

from benchmarks.harness.program import FIXED
from benchmarks.harness.stored import Entry, Stored

STANDARD = frozenset(vars(nn.Module()))
PARTS = ("_parameters", "_buffers", "_modules")
HOOKS = tuple(sorted(key for key in STANDARD if key.endswith("_hooks")))


def of_module(name: str, module: nn.Module) -> Iterator[Stored]:
    """Yield a module's own attributes, its parameters, all its buffers, its modules, its hooks."""
    own = module.__dict__
    transient = own.get("_non_persistent_buffers_set", ())
    names = dict.fromkeys(STANDARD) | dict.fromkeys((*PARTS, *HOOKS), FIXED)
    entries = [Entry(names.get(key, f"{name}.{key}"), value) for key, value in own.items()]
    yield Stored(own.values(), entries)
    for part in PARTS:
        yield _part(name, own.get(part, {}), transient)
    for part in HOOKS:  # by their places: their keys count all hooks that a process ever had
        hooks = dict.values(own.get(part, {}))
        yield Stored(hooks, [Entry(f"{name}.{part}[{i}]", hook) for i, hook in enumerate(hooks)])
    if "_c" in own and "_concrete_type" in own:
        yield _compiled(name, own["_c"], own["_concrete_type"], own["_buffers"]._c)


def _part(name: str, found: Any, transient: Collection[str]) -> Stored:
    """Return parameters, buffers or modules; those of a scripted module lie in compiled code."""
    if issubclass(type(found), OrderedModuleDict):
        found = found._python_modules
    if issubclass(type(found), OrderedDictWrapper):
        items = found._c.items
        return Stored(lambda: [one for _, one in items()], _entries(name, items(), transient))
    return Stored(dict.values(found), _entries(name, dict.items(found), transient))


def _entries(
    name: str, items: Iterable[tuple[str, Any]], transient: Collection[str]
) -> list[Entry]:
    return [
        Entry(f"{name}.{key}" + " (buffer)" * (key in transient), value) for key, value in items
    ]


def _compiled(name: str, module: Any, kind: Any, buffers: Any) -> Stored:
    """Return the tensors among the other attributes of a scripted module."""
    known = {key for key, _ in buffers.items()}
    keys = [key for key in kind.get_attributes() if key not in known]
    keys = [key for key in keys if isinstance(module.getattr(key), Tensor)]

    def read() -> list[Any]:
        return [module.getattr(key) for key in keys]

    entries = [Entry(f"{name}.{key}", one) for key, one in zip(keys, read(), strict=True)]
    return Stored(read, entries)
