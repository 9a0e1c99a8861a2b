"""Every setting against a source of randomness, declared once.

A setting is an environment variable that must stand before the interpreter starts, a call made
before the data sets and the model, or both. Each declaration stands by itself: its source text
is its identity, so that editing one setting runs again only what uses it.
"""

from __future__ import annotations

from benchmarks import arithmetic, outside
from benchmarks.configurations import CONFIGURATIONS
from benchmarks.setting import SETTINGS, instead_of, setting
from benchmarks.variations import VARIATIONS

__all__ = ["CONFIGURATIONS", "SETTINGS", "VARIATIONS", "arithmetic", "outside"]


@setting("python-seed", "Python's random module")
def _python_seed(seed: int) -> None:
    import random

    random.seed(seed)


@setting("numpy-seed", "NumPy's global generator")
def _numpy_seed(seed: int) -> None:
    import numpy as np

    np.random.seed(seed)


@setting("torch-seed", "PyTorch's default generators: initial weights, shuffling, dropout")
def _torch_seed(seed: int) -> None:
    import torch

    torch.manual_seed(seed)


@setting("cuda-seed", "the default generators of all GPUs", devices=("cuda",))
def _cuda_seed(seed: int) -> None:
    import torch

    torch.cuda.manual_seed_all(seed)


@setting("cudnn-deterministic", "cuDNN picks deterministic kernels only", devices=("cuda",))
def _cudnn_deterministic(seed: int) -> None:
    import torch

    torch.backends.cudnn.deterministic = True


@setting("cudnn-benchmark-off", "cuDNN does not choose kernels by timing", devices=("cuda",))
def _cudnn_benchmark_off(seed: int) -> None:
    import torch

    torch.backends.cudnn.benchmark = False


@instead_of("cudnn-benchmark-off")
@setting("cudnn-benchmark-on", "cuDNN chooses kernels by timing them", devices=("cuda",))
def _cudnn_benchmark_on(seed: int) -> None:
    import torch

    torch.backends.cudnn.benchmark = True


@setting("deterministic-algorithms", "operators without a deterministic form raise; no fill")
def _deterministic_algorithms(seed: int) -> None:
    import torch

    torch.use_deterministic_algorithms(True)
    # The fill would follow by default and hide which of the two cured a run: own setting below.
    torch.utils.deterministic.fill_uninitialized_memory = False


@instead_of("deterministic-algorithms")
@setting(
    "deterministic-warn-only",
    "operators without a deterministic form warn, and run all the same; no fill",
    source="https://docs.pytorch.org/docs/stable/generated/torch.use_deterministic_algorithms.html",
)
def _deterministic_warn_only(seed: int) -> None:
    import torch

    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False


@setting(
    "memory-fill",
    "fresh memory is filled with NaN; acts only with deterministic-algorithms",
    source="https://pytorch.org/docs/stable/deterministic.html",
    needs=("deterministic-algorithms",),
)
def _memory_fill(seed: int) -> None:
    import torch

    torch.utils.deterministic.fill_uninitialized_memory = True


@setting(
    "cublas-workspace",
    "cuBLAS uses a fixed workspace, so the split of a product does not change",
    source="https://docs.nvidia.com/cuda/cublas/index.html#results-reproducibility",
    devices=("cuda",),
    CUBLAS_WORKSPACE_CONFIG=":4096:8",
)
def _cublas_workspace(seed: int) -> None:
    """Acts by its environment variable alone."""


@setting(
    "hash-seed",
    "the order of sets and of other hashed collections",
    source="https://docs.python.org/3/using/cmdline.html#envvar-PYTHONHASHSEED",
    PYTHONHASHSEED="{seed}",
)
def _hash_seed(seed: int) -> None:
    """Acts by its environment variable alone."""


@setting("worker-seed", "NumPy's and Python's generators in the loader's worker processes")
def _worker_seed(seed: int) -> None:
    import functools
    import random

    import numpy as np
    import torch
    from torch.utils.data import DataLoader

    def seed_worker(_worker: int) -> None:
        worker_seed = torch.initial_seed() % 2**32
        np.random.seed(worker_seed)
        random.seed(worker_seed)

    original = DataLoader.__init__

    @functools.wraps(original)
    def with_worker_seed(self: object, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("worker_init_fn", seed_worker)
        original(self, *args, **kwargs)

    DataLoader.__init__ = with_worker_seed


@setting("sampler-generator", "the order of samples: each loader draws from a generator of its own")
def _sampler_generator(seed: int) -> None:
    import functools

    import torch
    from torch.utils.data import DataLoader

    original = DataLoader.__init__

    @functools.wraps(original)
    def with_generator(self: object, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("generator", torch.Generator().manual_seed(seed))
        original(self, *args, **kwargs)

    DataLoader.__init__ = with_generator


@setting(
    "one-thread",
    "the number of threads, and with it the order in which sums are split and joined",
    source="https://pytorch.org/docs/stable/notes/numerical_accuracy.html",
    OMP_NUM_THREADS="1",
    MKL_NUM_THREADS="1",
    OPENBLAS_NUM_THREADS="1",
)
def _one_thread(seed: int) -> None:
    import torch

    torch.set_num_threads(1)
