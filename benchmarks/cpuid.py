"""What the processor says of itself: the CPUID instruction, executed by this very process.

/proc/cpuinfo and environment variables name the host's processor, or what somebody asked for.
Under QEMU's user mode only CPUID answers for the processor that a program really has.
"""

from __future__ import annotations

import ctypes
import mmap
import platform
import sys

from benchmarks.setting import NotRunError

# void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t registers[4]), System V calling convention.
_CODE = bytes.fromhex(
    "53"  # push rbx
    "4989d0"  # mov r8, rdx
    "89f8"  # mov eax, edi
    "89f1"  # mov ecx, esi
    "0fa2"  # cpuid
    "418900"  # mov [r8], eax
    "41895804"  # mov [r8 + 4], ebx
    "41894808"  # mov [r8 + 8], ecx
    "4189500c"  # mov [r8 + 12], edx
    "5b"  # pop rbx
    "c3"  # ret
)
_EMULATED = b"TCGTCGTCGTCG"
"""What QEMU's own translator answers to the leaf that names a hypervisor."""


def cpuid(*leaves: int) -> bytes | None:
    """Return EAX, EBX, ECX, EDX of each leaf, 16 bytes each; None where that cannot be asked."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return None
    try:
        page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    except OSError:  # a hardened kernel
        return None
    page.write(_CODE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    registers = (ctypes.c_uint32 * 4)()
    ask = ctypes.CFUNCTYPE(None, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_void_p)(address)
    answer = b""
    for leaf in leaves:
        ask(leaf, 0, ctypes.addressof(registers))
        answer += bytes(registers)
    return answer


def brand() -> str | None:
    """Return the processor's own name, such as `Intel Core Processor (Haswell)`."""
    said = cpuid(0x80000002, 0x80000003, 0x80000004)
    return said.partition(b"\0")[0].decode("ascii", "replace").strip() if said else None


def is_emulated() -> bool:
    """Whether QEMU translates this process."""
    said = cpuid(0x40000000)
    return said is not None and said[4:] == _EMULATED


def need_avx2() -> None:
    """Raise `NotRunError` on a processor that has no AVX2 by its own word: leaf 7, EBX bit 5.

    Source: Intel, Software Developer's Manual, volume 2A, CPUID.
    """
    said = cpuid(0, 7)
    if said is None:
        return
    highest, features = int.from_bytes(said[:4], "little"), int.from_bytes(said[20:24], "little")
    if highest < 7 or not features & 1 << 5:
        raise NotRunError(f"{brand()} has no AVX2, which these settings ask for; use portable-sse")
