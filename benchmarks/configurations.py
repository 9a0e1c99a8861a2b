"""The standard sets of settings.

No part of a run's identity: a run carries the settings themselves, not the set's name.
"""

from __future__ import annotations

# `cudnn` holds the article's four lines, `article` its full block; `strict` is what PyTorch's
# own note on randomness asks for; `portable` adds what makes machines agree.
_CUDNN = ["torch-seed", "cuda-seed", "cudnn-deterministic", "cudnn-benchmark-off"]
_ARTICLE = ["python-seed", "numpy-seed", *_CUDNN]
_STRICT = [
    *_ARTICLE,
    "deterministic-algorithms",
    "memory-fill",
    "cublas-workspace",
    "hash-seed",
    "worker-seed",
    "sampler-generator",
    "one-thread",
    "entropy-seeded",
    "in-order",
    "spawned-settings",
]

CONFIGURATIONS: dict[str, list[str]] = {
    "unseeded": [],
    "seeded": ["torch-seed"],
    "cudnn": _CUDNN,
    "article": _ARTICLE,
    "strict": _STRICT,
    # Two tiers: on CPUs that have AVX2, and on all others too (other bits than the first).
    "portable": [*_STRICT, "aten-avx2", "onednn-avx2", "mkl-compatible", "tf32-off"],
    "portable-sse": [*_STRICT, "aten-default", "onednn-sse41", "mkl-compatible", "tf32-off"],
}
