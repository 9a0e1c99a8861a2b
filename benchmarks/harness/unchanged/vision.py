"""Lets a program import torchvision where its compiled part does not load, as a benchmark may."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import torch

from benchmarks.harness.load import declare_operators

NEEDS = "torchvision._meta_registrations"
"""The module that cannot be imported unless the operators are declared."""


class Finder:
    """Declares the operators right before that module is looked for, once; it finds nothing."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Return None for any module."""
        if name == NEEDS:
            sys.meta_path.remove(self)
            importlib.import_module("torchvision.extension")  # loads the compiled part if it can
            if not hasattr(torch.ops.torchvision, "nms"):
                declare_operators()


def importable() -> None:
    """Let the program's first `import torchvision` succeed beside a CPU build of torch."""
    sys.meta_path.insert(0, Finder())
