"""Imports a benchmark by its name."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import torch

from benchmarks.catalogue import FOLDER, benchmark_files

MISSING = "operator torchvision::nms does not exist"
_LIBRARIES: list[torch.library.Library] = []


def declare_operators() -> None:
    """Declare the two operators without which torchvision's registry wheel fails to import.

    Its compiled part is built for CUDA and does not load beside a CPU build of torch. Data sets
    and transforms need none of it.
    """
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _LIBRARIES.append(library)  # a library that is collected takes its operators with it


def load(name: str) -> ModuleType:
    """Import the benchmark `name`."""
    path = benchmark_files()[name].relative_to(FOLDER.parent)
    module = ".".join(path.with_suffix("").parts)
    try:
        return importlib.import_module(module)
    except RuntimeError as error:
        if MISSING not in str(error):
            raise
        declare_operators()
        for loaded in [m for m in sys.modules if m.partition(".")[0] == "torchvision"]:
            del sys.modules[loaded]
        return importlib.import_module(module)
