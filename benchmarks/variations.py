"""The standard variations: one change each.

No part of a run's identity: a run carries the changes themselves, not the variation's name.
"""

from __future__ import annotations

from typing import Any

# What the *machine* offers is capped by variables that stand around the run, so that a
# configuration which caps less or more keeps its own settings.
_ATEN = {"ATEN_CPU_CAPABILITY": "avx2"}
_ONEDNN = {"ONEDNN_MAX_CPU_ISA": "AVX2"}
_MKL = {"MKL_ENABLE_INSTRUCTIONS": "AVX2"}

VARIATIONS: dict[str, dict[str, Any]] = {
    "baseline": {},
    "threads-2": {"threads": 2},
    "workers-0": {"options": {"workers": 0}},
    "workers-4": {"options": {"workers": 4}},
    "persistent-workers": {
        "options": {"persistent_workers": True},
        "least_steps": 12_501,  # of CIFAR-10: the order changes from the second epoch on
    },
    "loader-memory": {"options": {"memory": True}},
    "loader-article": {"options": {"workers": 2, "memory": False}},
    "sampler-legacy": {"options": {"legacy_sampler": True}},
    "isa-aten-avx2": {"variables": _ATEN},
    "isa-onednn-avx2": {"variables": _ONEDNN},
    "isa-mkl-avx2": {"variables": _MKL},
    "isa-avx2": {"variables": {**_ATEN, **_ONEDNN, **_MKL}},
    "hashseed-random": {"variables": {"PYTHONHASHSEED": "random"}},
    "working-directory": {"folder": "elsewhere/much-deeper/than-the-usual/working-directory"},
    "locale": {
        # The last two, or Python would take UTF-8 all the same.
        "variables": {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    },
    "time-zone": {"variables": {"TZ": "FAR-13:45"}},
    "user": {"user": 23456},
    "contended": {"load": 2},
    "resume": {"resume": 50},
    # Emulated processors (QEMU) are about ten times slower.
    "cpu-haswell": {"cpu": "Haswell", "steps": 20},
    "cpu-epyc-rome": {"cpu": "EPYC-Rome", "steps": 20},
    "cpu-nehalem": {"cpu": "Nehalem", "steps": 20},
}
