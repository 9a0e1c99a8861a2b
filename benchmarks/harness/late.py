"""Variables that a program sets when whoever reads them has read them."""

from __future__ import annotations

import os
from typing import Any

import torch

LATE = {
    "PYTHONHASHSEED": "read when Python starts",
    "OMP_NUM_THREADS": "read when PyTorch is imported",
    "MKL_NUM_THREADS": "read when PyTorch is imported",
    "MKL_CBWR": "read when PyTorch is imported",
    "ATEN_CPU_CAPABILITY": "read when PyTorch is imported",
    "CUBLAS_WORKSPACE_CONFIG": "read when CUDA begins",
}


def too_late(name: Any, value: Any) -> str | None:
    """Say in words that a variable which is being set has no effect; None where it may have one."""
    if name not in LATE or os.environ.get(name) == value:
        return None
    if name == "CUBLAS_WORKSPACE_CONFIG" and not torch.cuda.is_initialized():
        return None
    return f"{name} is set after the start, without effect: {LATE[name]}"
