"""What really held during a run: versions, processor, GPU, threads, flags, variables."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.cpuid import brand, is_emulated

# Every variable that can change what PyTorch, its libraries or Python compute.
PREFIXES = (
    "ATEN_", "CUBLAS", "CUDA_", "CUDNN", "DNNL_", "GOMP_", "KMP_", "LC_", "LD_", "MALLOC_",
    "MKL_", "NVIDIA_", "OMP_", "ONEDNN_", "OPENBLAS_", "PYTHON", "PYTORCH_", "TORCH",
)  # fmt: skip
NAMES = ("LANG", "TZ", "REPRISE_EMULATOR")


def emulated() -> str | None:
    """Return the model that QEMU was told to emulate for this run; None where it was told none.

    The name is what REPRISE_EMULATOR gives QEMU as `-cpu`, and counts only when the processor
    itself answers as an emulated one: a process that escaped its emulator is native.
    """
    words = shlex.split(os.environ.get("REPRISE_EMULATOR", ""))
    if "-cpu" not in words[:-1] or not is_emulated():
        return None
    return words[words.index("-cpu") + 1]


def processor() -> dict[str, Any]:
    """Return the CPU's model and its instruction-set flags, sorted (Linux: /proc/cpuinfo).

    One that QEMU emulates says so, whoever started QEMU, and gives its own name as `brand`; it
    has no flags here, for /proc/cpuinfo keeps describing the host's. `emulated` is the model that
    this run was given as a change, None where its whole machine stands under QEMU.
    """
    if is_emulated():
        model, own = emulated(), brand()
        return {
            "model": f"QEMU {model or own}", "flags": "", "cores": len(os.sched_getaffinity(0)),
            "emulator": "QEMU", "emulated": model, "brand": own,
        }  # fmt: skip
    model, flags = platform.processor() or platform.machine(), ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().split("\n\n")[0].splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                model = value.strip()
            elif key.strip() in ("flags", "Features"):
                flags = " ".join(sorted(value.split()))
    return {"model": model, "flags": flags, "cores": len(os.sched_getaffinity(0))}


def gpu() -> dict[str, Any] | None:
    """Return the current GPU's name, capability, driver and libraries, or None without one."""
    import torch

    if not torch.cuda.is_available():
        return None
    driver = Path("/proc/driver/nvidia/version")
    return {
        "name": torch.cuda.get_device_name(),
        "capability": ".".join(map(str, torch.cuda.get_device_capability())),
        "driver": driver.read_text().splitlines()[0] if driver.exists() else "unknown",
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
    }


def versions() -> dict[str, str]:
    """Return the versions of the interpreter and of what it computes with."""
    import numpy
    import torch

    found = {"python": platform.python_version(), "torch": torch.__version__}
    if "torchvision" in sys.modules:
        found["torchvision"] = str(sys.modules["torchvision"].__version__)
    return {**found, "numpy": numpy.__version__}


def flags() -> dict[str, Any]:
    """Return PyTorch's switches as they stand now."""
    import torch

    readers: dict[str, Callable[[], Any]] = {
        "initial_seed": torch.initial_seed,
        "deterministic_algorithms": torch.are_deterministic_algorithms_enabled,
        "fill_uninitialized_memory": lambda: torch.utils.deterministic.fill_uninitialized_memory,
        "cudnn_deterministic": lambda: torch.backends.cudnn.deterministic,
        "cudnn_benchmark": lambda: torch.backends.cudnn.benchmark,
        "cudnn_allow_tf32": lambda: torch.backends.cudnn.allow_tf32,
        "matmul_allow_tf32": lambda: torch.backends.cuda.matmul.allow_tf32,
        "cpu_capability": torch.backends.cpu.get_cpu_capability,
        "threads": torch.get_num_threads,
        "interop_threads": torch.get_num_interop_threads,
        "hash_randomization": lambda: bool(sys.flags.hash_randomization),
    }
    found = {}
    for name, reader in readers.items():
        try:
            found[name] = reader()
        except RuntimeError as error:  # PyTorch refuses to read TF32 flags set in two ways
            found[name] = f"unreadable: {error}".splitlines()[0]
    return found


def held() -> dict[str, Any]:
    """Return all of the above for the running interpreter."""
    return {
        "versions": versions(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "libc": " ".join(platform.libc_ver()),
        "processor": processor(),
        "process": {"user": os.getuid(), "folder": Path.cwd().name},
        "gpu": gpu(),
        "flags": flags(),
        "variables": {
            name: value
            for name, value in sorted(os.environ.items())
            if (name.startswith(PREFIXES) or name in NAMES) and not name.endswith("CACHE_DIR")
        },
    }
