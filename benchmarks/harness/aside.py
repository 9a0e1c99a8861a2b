"""PyTorch's own compiler, which its optimizers import: the observer does not listen to that."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

COMPILER = "torch._dynamo"


class Aside(MetaPathFinder):
    """Answers for the compiler alone, once: as it is found without it, imported unheard.

    Its import makes a million calls, and each would be looked at, for seconds; no line of the
    program's own is among them. What this thread was listened to by goes on after it.
    """

    def begin(self) -> None:
        """Wait for the import, where it has not been."""
        if COMPILER not in sys.modules:
            sys.meta_path.insert(0, self)

    def end(self) -> None:
        """Wait no longer."""
        with suppress(ValueError):
            sys.meta_path.remove(self)

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> ModuleSpec | None:
        """Return the compiler's own specification; None for any other module."""
        if name != COMPILER:
            return None
        self.end()
        found = find_spec(name)
        if found is not None and found.loader is not None:
            _unheard(found.loader)
        return found


def _unheard(loader: Loader) -> None:
    """Let a loader carry its module out while nobody listens."""
    carry_out = loader.exec_module

    def quietly(module: ModuleType) -> None:
        del loader.exec_module
        trace, profile = sys.gettrace(), sys.getprofile()
        sys.settrace(None)
        sys.setprofile(None)
        try:
            carry_out(module)
        finally:
            sys.setprofile(profile)
            sys.settrace(trace)

    loader.exec_module = quietly  # type: ignore[method-assign]
