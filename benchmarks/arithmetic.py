"""The settings for how numbers are computed: which instructions, which kinds of numbers.

Declared as all others are, see `benchmarks.settings`.
"""

from __future__ import annotations

from benchmarks.setting import setting


@setting(
    "aten-avx2",
    "PyTorch's own CPU kernels use AVX2 at most, so newer CPUs sum in the same order",
    source="https://docs.pytorch.org/docs/stable/backends.html",
    devices=("cpu",),
    ATEN_CPU_CAPABILITY="avx2",
)
def _aten_avx2(seed: int) -> None:
    """Acts by its environment variable; without AVX2 that would end in an illegal instruction."""
    from benchmarks.cpuid import need_avx2

    need_avx2()


@setting(
    "onednn-avx2",
    "oneDNN's convolutions use AVX2 at most",
    source="https://uxlfoundation.github.io/oneDNN/dev_guide_cpu_dispatcher_control.html",
    devices=("cpu",),
    ONEDNN_MAX_CPU_ISA="AVX2",
)
def _onednn_avx2(seed: int) -> None:
    """Acts by its environment variable; without AVX2 that would end in an illegal instruction."""
    from benchmarks.cpuid import need_avx2

    need_avx2()


@setting(
    "aten-default",
    "PyTorch's own CPU kernels take the path that every x86-64 CPU has; also `randn` has its bits",
    source="https://docs.pytorch.org/docs/stable/backends.html",
    devices=("cpu",),
    ATEN_CPU_CAPABILITY="default",
)
def _aten_default(seed: int) -> None:
    """Acts by its environment variable alone."""


@setting(
    "onednn-sse41",
    "oneDNN's convolutions use SSE4.1 at most",
    source="https://uxlfoundation.github.io/oneDNN/dev_guide_cpu_dispatcher_control.html",
    devices=("cpu",),
    ONEDNN_MAX_CPU_ISA="SSE41",
)
def _onednn_sse41(seed: int) -> None:
    """Acts by its environment variable alone."""


@setting(
    "mkl-compatible",
    "MKL's products take one code path on the CPUs of every vendor",
    source="https://www.intel.com/content/www/us/en/docs/onemkl/developer-guide-linux/current"
    "/obtaining-numerically-reproducible-results.html",
    devices=("cpu",),
    MKL_CBWR="COMPATIBLE",
)
def _mkl_compatible(seed: int) -> None:
    """Acts by its environment variable alone."""


@setting(
    "flush-denormal",
    "denormal numbers count as zero, whatever mode a library has left the processor in",
    source="https://docs.pytorch.org/docs/stable/generated/torch.set_flush_denormal.html",
    devices=("cpu",),
)
def _flush_denormal(seed: int) -> None:
    import torch

    if not torch.set_flush_denormal(True):
        raise RuntimeError("this processor cannot take denormal numbers for zero")


@setting(
    "tf32-off",
    "float32 products and convolutions are not rounded to TF32",
    source="https://pytorch.org/docs/stable/notes/cuda.html",
    devices=("cuda",),
)
def _tf32_off(seed: int) -> None:
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
